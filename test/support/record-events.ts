import type { NamedSessionEvent, SessionEvents } from 'nest-session';

type Timeless<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** An event as it came, without its time: no two runs would have the same. */
export type RecordedEvent = Timeless<NamedSessionEvent>;

/**
 * Every event from now on, in the order they come. Listeners hear a moment after the operation, which may be after its
 * response: whoever looks into the list gets what has happened until then.
 */
export function recordEvents(events: SessionEvents, recorded: RecordedEvent[] = []): RecordedEvent[] {
  events.onAny(({ at, ...event }) => {
    if (!Number.isSafeInteger(at)) throw new TypeError(`The event ${event.name} has no time.`);
    recorded.push(event);
  });
  return new Proxy(recorded, {
    get: (list, key, receiver): unknown => {
      events.deliver();
      return Reflect.get(list, key, receiver);
    },
  });
}
