import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import { systemClock, type Clock } from '../core/clock.js';
import { InvalidTally } from './invalid-tally.js';
import {
  SESSION_EVENT_NAMES,
  type EmittedEvent,
  type SessionEventMap,
  type SessionEventName,
} from './session-event-map.js';

export type {
  EmittedEvent,
  SessionActor,
  SessionEvent,
  SessionEventMap,
  SessionEventName,
  SessionOccurrence,
  SessionSubject,
} from './session-event-map.js';

/** An event with its name, for a listener of several events. */
export type NamedSessionEvent = {
  [K in SessionEventName]: { readonly name: K } & SessionEventMap[K];
}[SessionEventName];

type Listener<K extends SessionEventName> = (event: SessionEventMap[K]) => unknown;

/**
 * Emits what happens to sessions. Inject it and listen, or mark a method with `@OnSessionEvent()`.
 *
 * Listeners are called after the operation that caused the event, in the next turn of the event loop and outside of the
 * request. The library does not wait for them: an error is logged, and a listener that never ends has no effect.
 *
 * @example
 * constructor(events: SessionEvents) {
 *   events.on('rejected', ({ handle, reason }) => this.metrics.count('session_rejected', { reason }));
 * }
 */
export class SessionEvents {
  private readonly listeners = new Map<SessionEventName, Set<(event: never) => unknown>>();
  private readonly logger = new Logger('Session');
  // Listeners run outside of any request, so that they do not use the context of the one that emitted the event.
  private readonly outside = AsyncLocalStorage.snapshot();
  private waiting: (() => void)[] = [];
  private readonly tally = new InvalidTally((event) => this.queue('invalid', event));
  private locate: () => { readonly ip: string } | undefined = () => undefined;

  /** @param clock for {@link SessionEvent.at} @internal */
  constructor(private readonly clock: Clock = systemClock) {}

  /**
   * Calls the listener for every event of this name.
   * @returns a function that removes the listener
   */
  on<K extends SessionEventName>(name: K, listener: Listener<K>): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners);
    // A new function, so that one that listens twice is called twice.
    const own: Listener<K> = (event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /**
   * Calls the listener for all events.
   * @returns a function that removes the listener
   */
  onAny(listener: (event: NamedSessionEvent) => unknown): () => void {
    const removals = SESSION_EVENT_NAMES.map((name) =>
      this.on(name, (event) => listener({ name, ...event } as NamedSessionEvent)),
    );
    return () => removals.forEach((remove) => remove());
  }

  /** Whether the event has listeners. @internal */
  hasListeners(name: SessionEventName): boolean {
    return (this.listeners.get(name)?.size ?? 0) > 0;
  }

  /** Sets how the source of the current request is found. @internal */
  locateBy(locate: () => { readonly ip: string } | undefined): void {
    this.locate = locate;
  }

  /** @internal */
  emit<K extends SessionEventName>(name: K, event: EmittedEvent<K>): void {
    if (!this.hasListeners(name)) return;
    if (name !== 'invalid') return this.queue(name, event);
    const source = this.locate();
    this.outside(() => this.tally.add({ ...(event as EmittedEvent<'invalid'>), ...(source && { source }) }));
  }

  private queue<K extends SessionEventName>(name: K, event: EmittedEvent<K>): void {
    const listeners = this.listeners.get(name) as Set<Listener<K>> | undefined;
    if (!listeners || listeners.size === 0) return;
    // Frozen, because all listeners get the same object.
    const told = Object.freeze({ ...event, at: this.clock.now() }) as SessionEventMap[K];
    const heard = [...listeners];
    this.waiting.push(() => {
      for (const listener of heard) if (listeners.has(listener)) void this.call(name, listener, told);
    });
    if (this.waiting.length === 1) setImmediate(() => this.outside(() => this.deliver()));
  }

  /** Emits all pending events, counted ones too, before the application closes. @internal */
  close(): void {
    this.tally.flush();
    this.deliver();
  }

  /** Delivers pending events now. @internal */
  deliver(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const tell of waiting) tell();
  }

  private async call<K extends SessionEventName>(name: K, listener: Listener<K>, event: SessionEventMap[K]) {
    try {
      await listener(event);
    } catch (error) {
      this.logger.error(
        `A listener of the session event "${name}" failed`,
        error instanceof Error ? error.stack : String(error),
      );
    }
  }
}
