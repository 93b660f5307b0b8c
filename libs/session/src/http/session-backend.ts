import { ServerEngine } from '../engine/server.engine.js';
import type { SessionEngine } from '../engine/session-engine.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { isCookieStore, type CookieStore } from '../stores/cookie-store.js';
import type { SessionCarrier } from './session-carrier.js';
import { SignedIdCarrier } from './signed-id.carrier.js';

/** What keeps sessions in another way than in a store: it brings an engine and a carrier of its own. */
export interface SessionBackend extends CookieStore {
  createEngine(options: ResolvedSessionOptions, events: SessionEvents): SessionEngine;
  createCarrier(options: ResolvedSessionOptions): SessionCarrier;
}

const isBackend = (store: CookieStore): store is SessionBackend => 'createEngine' in store && 'createCarrier' in store;

/** The engine for the store of the options. */
export function createEngine(options: ResolvedSessionOptions, events: SessionEvents): SessionEngine {
  const { store } = options;
  if (!isCookieStore(store)) return new ServerEngine(options, events, store);
  if (!isBackend(store)) throw new TypeError('A cookie store must bring an engine and a carrier.');
  return store.createEngine(options, events);
}

/** How its sessions travel in cookies. */
export function createCarrier(options: ResolvedSessionOptions): SessionCarrier {
  const { store } = options;
  return isCookieStore(store) && isBackend(store) ? store.createCarrier(options) : new SignedIdCarrier(options);
}
