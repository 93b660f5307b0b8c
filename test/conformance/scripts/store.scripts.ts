import { SynchronousStore, UntouchableStore, type FaultyStore } from '../faulty-store.js';
import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;
const fails =
  (operation: 'get' | 'set' | 'destroy' | 'touch', how: 'error' | 'ENOENT' | 'throw' = 'error') =>
  (store: FaultyStore): void =>
    void store.faults.set(operation, how);
const works = (store: FaultyStore): void => store.faults.clear();

/** Stores of every kind, and stores that fail. */
export const storeScripts: Script[] = [
  {
    name: 'a store that calls back at once',
    options: lean,
    makeStore: () => new SynchronousStore(),
    steps: ['count', 'count', 'destroy', 'count', 'login'],
  },
  {
    name: 'a store that calls back at once, defaults',
    makeStore: () => new SynchronousStore(),
    steps: ['plain', 'count', 'read', 'regenerate'],
  },
  {
    name: 'a store without touch',
    options: lean,
    makeStore: () => new UntouchableStore(),
    steps: ['count', 'read', 'count'],
  },
  { name: 'get says ENOENT', options: lean, steps: ['count', { run: 'count', store: fails('get', 'ENOENT') }] },
  {
    name: 'get fails',
    options: lean,
    steps: ['count', { run: 'read', store: fails('get') }, { run: 'read', store: works }],
  },
  { name: 'get fails, and nothing asks', options: lean, steps: ['count', { run: 'plain', store: fails('get') }] },
  { name: 'get fails, and nobody has a cookie', options: lean, steps: [{ run: 'plain', store: fails('get') }] },
  { name: 'get throws', options: lean, steps: ['count', { run: 'read', store: fails('get', 'throw') }] },
  {
    name: 'set fails for a new session',
    options: lean,
    steps: [
      { run: 'count', store: fails('set') },
      { run: 'read', store: works },
    ],
  },
  { name: 'set fails for a new session, defaults', steps: [{ run: 'plain', store: fails('set') }] },
  {
    name: 'set fails for a stored session',
    options: lean,
    steps: ['count', { run: 'count', store: fails('set') }, { run: 'read', store: works }],
  },
  { name: 'set fails before a redirect', options: lean, steps: ['count', { run: 'login', store: fails('set') }] },
  {
    name: 'save() hears that set failed',
    options: lean,
    steps: ['count', { run: 'saveUntouched', store: fails('set') }],
  },
  {
    name: 'destroy() is told that the store failed',
    options: lean,
    steps: ['count', { run: 'destroy', store: fails('destroy') }, { run: 'read', store: works }],
  },
  {
    name: 'regenerate() is told that the store failed',
    options: lean,
    steps: ['count', { run: 'regenerate', store: fails('destroy') }],
  },
  {
    name: 'unset destroy: the store fails',
    options: { ...lean, unset: 'destroy' },
    steps: ['count', { run: 'setNull', store: fails('destroy') }, { run: 'read', store: works }],
  },
  {
    name: 'touch fails',
    options: { ...lean, cookie: { maxAge: 60_000 } },
    steps: ['count', { run: 'read', after: 30_000, store: fails('touch') }],
  },
  {
    name: 'set fails for a renewal that the browser is told of',
    options: { ...lean, cookie: { maxAge: 60_000 } },
    steps: ['count', { run: 'read', after: 30_000, store: fails('set') }],
  },
  {
    name: 'touch fails, and no cookie depends on it',
    options: lean,
    steps: ['count', { run: 'read', after: 12 * 3_600_000, store: fails('touch') }],
  },
  {
    name: 'the store is disconnected, and connected again',
    options: lean,
    steps: [
      'count',
      { run: 'has', store: (store) => void store.emit('disconnect') },
      { run: 'plain' },
      { run: 'count', store: (store) => void store.emit('connect') },
    ],
  },
];
