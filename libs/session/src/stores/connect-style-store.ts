import type { SessionData } from 'express-session';

/** The interface of a store for express-session: connect-redis, connect-mongo, connect-pg-simple, session-file-store ... */
export interface ConnectStyleStore {
  get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): unknown;
  set(sid: string, session: SessionData, callback?: (error?: unknown) => void): unknown;
  destroy(sid: string, callback?: (error?: unknown) => void): unknown;
  touch?(sid: string, session: SessionData, callback?: (error?: unknown) => void): unknown;
}

/** The methods that a value lacks to be such a store. */
export function missingMethods(value: unknown): readonly string[] {
  const methods = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return ['get', 'set', 'destroy'].filter((method) => typeof methods[method] !== 'function');
}

/** Whether a touch renews a session. That of connect-redis can be disabled. */
export const canTouch = (store: ConnectStyleStore & { disableTouch?: unknown; disableTTL?: unknown }): boolean =>
  typeof store.touch === 'function' && !store.disableTouch && !store.disableTTL;

/** What errors and the log call the store. */
export function nameOf(store: object): string {
  const prototype = Object.getPrototypeOf(store) as { constructor?: { name?: string } } | null;
  const name = prototype?.constructor?.name;
  return name && name !== 'Object' ? name : 'behind connectStore()';
}

/**
 * Listens for the events of a store that lost its connection or has it back.
 * @returns a function that removes the listeners
 */
export function followConnection(store: object, listener: (connected: boolean) => void): () => void {
  if (!isEmitter(store)) return () => {};
  const lost = (): void => listener(false);
  const back = (): void => listener(true);
  store.on('disconnect', lost);
  store.on('connect', back);
  return () => {
    store.removeListener?.('disconnect', lost);
    store.removeListener?.('connect', back);
  };
}

type Listen = (event: string, listener: () => void) => unknown;

const isEmitter = (store: object): store is { on: Listen; removeListener?: Listen } =>
  'on' in store && typeof store.on === 'function';
