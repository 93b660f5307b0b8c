import type { SessionEventMap, SessionEvents } from 'nest-session';

/** An event as it came. */
export type RecordedEvent = { [K in keyof SessionEventMap]: { name: K } & SessionEventMap[K] }[keyof SessionEventMap];

// An object, so that the compiler misses an event that is not here.
const NAMES: Record<keyof SessionEventMap, true> = {
  login: true,
  logout: true,
  rotated: true,
  destroyed: true,
  expired: true,
  rejected: true,
  conflict: true,
  invalid: true,
  revoked: true,
  storeError: true,
};

/** Every event from now on, in the order they come. */
export function recordEvents(events: SessionEvents): RecordedEvent[] {
  const recorded: RecordedEvent[] = [];
  for (const name of Object.keys(NAMES) as (keyof SessionEventMap)[]) {
    events.on(name, (event) => recorded.push({ name, ...event } as RecordedEvent));
  }
  return recorded;
}
