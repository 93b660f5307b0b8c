import type { NamedSessionEvent, SessionEvents } from 'nest-session';

type Timeless<Event> = Event extends unknown ? Omit<Event, 'at' | 'source'> : never;

/** An event as it came, without its time and the address of this machine: no two runs would have the same. */
export type RecordedEvent = Timeless<NamedSessionEvent>;

/**
 * Every event from now on, in the order they come. Listeners hear a moment after the operation, which may be after its
 * response: whoever looks into the list gets what has happened until then.
 */
export function recordEvents(events: SessionEvents, recorded: RecordedEvent[] = []): RecordedEvent[] {
  events.onAny(({ at, ...told }) => {
    const { source: _, ...event } = { source: undefined, ...told };
    if (!Number.isSafeInteger(at)) throw new TypeError(`The event ${event.name} has no time.`);
    recorded.push(event);
  });
  return new Proxy(recorded, {
    get: (list, key, receiver): unknown => {
      events.close();
      return Reflect.get(list, key, receiver);
    },
    // Who empties the list empties it of what has happened until then.
    set(list, key, value, receiver): boolean {
      events.close();
      return Reflect.set(list, key, value, receiver);
    },
  });
}
