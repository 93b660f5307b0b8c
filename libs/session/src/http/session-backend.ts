import { ServerEngine } from '../server/server.engine.js';
import type { SessionEngine } from '../engine/session-engine.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { isCookieStore, type CookieStore } from '../stores/cookie-store.js';
import type { SessionTransport } from './transport/session-transport.js';
import { SignedTokenTransport } from './transport/signed-token.transport.js';

/** Keeps sessions in another way than in a store, with its own engine and transport. */
export interface SessionBackend extends CookieStore {
  createEngine(options: ResolvedSessionOptions, events: SessionEvents): SessionEngine;
  createTransport(options: ResolvedSessionOptions): SessionTransport;
}

const isBackend = (store: CookieStore): store is SessionBackend =>
  'createEngine' in store && 'createTransport' in store;

/** The engine for the store of the options. */
export function createEngine(options: ResolvedSessionOptions, events: SessionEvents): SessionEngine {
  const { store } = options;
  if (!isCookieStore(store)) return new ServerEngine(options, events, store);
  if (!isBackend(store)) throw new TypeError('A cookie store must bring an engine and a transport.');
  return store.createEngine(options, events);
}

/** How its sessions travel in cookies. */
export function createTransport(options: ResolvedSessionOptions): SessionTransport {
  const { store } = options;
  if (!isCookieStore(store)) return new SignedTokenTransport(options, store.keys === 'plain');
  if (!isBackend(store)) throw new TypeError('A cookie store must bring an engine and a transport.');
  return store.createTransport(options);
}
