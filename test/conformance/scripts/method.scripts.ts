import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;

/** save, reload, destroy, regenerate. */
export const methodScripts: Script[] = [
  { name: 'save', options: lean, steps: ['save', 'save', 'read'] },
  { name: 'save twice in a request', options: lean, steps: ['saveTwice', 'saveTwice', 'read'] },
  { name: 'save, then a change', options: lean, steps: ['saveThenChange', 'saveThenChange', 'read'] },
  { name: 'save, then a redirect', options: lean, steps: ['saveRedirect', 'read', 'saveRedirect'] },
  { name: 'save of a session that nothing was written to', options: lean, steps: ['saveUntouched', 'read'] },
  { name: 'save with resave true', steps: ['save', 'save', 'read'] },
  { name: 'reload', options: lean, steps: ['count', 'reload', 'read'] },
  { name: 'reload of a session that was never stored', options: lean, steps: ['reload'] },
  { name: 'destroy', options: lean, steps: ['count', 'destroy', 'read', 'count'] },
  { name: 'destroy of a session that was never stored', options: lean, steps: ['destroy'] },
  {
    name: 'destroy with every attribute',
    options: { ...lean, cookie: { path: '/', domain: 'example.com', sameSite: 'lax', maxAge: 60_000 } },
    steps: ['count', 'destroy'],
  },
  { name: 'destroy without waiting', options: lean, steps: ['count', 'destroyAtOnce', 'read'] },
  { name: 'regenerate and write', options: lean, steps: ['count', 'regenerateAndCount', 'read'] },
  { name: 'regenerate with defaults', steps: ['count', 'regenerate', 'read'] },
  { name: 'regenerate and write nothing', options: lean, steps: ['count', 'regenerate', 'read'] },
  { name: 'regenerate of a session that was never stored', options: lean, steps: ['regenerateAndCount', 'read'] },
  { name: 'sign in and out', options: lean, steps: ['count', 'login', 'read', 'logout', 'read'] },
  { name: 'sign in and out with defaults', steps: ['count', 'login', 'read', 'logout', 'read'] },
  { name: 'store.regenerate', options: lean, steps: ['count', 'storeRegenerate', 'read'] },
  { name: 'store.generate', options: lean, steps: ['storeGenerate', 'read'] },
  {
    name: 'regenerate: a request with the old id writes',
    options: lean,
    freshOptions: () => {
      old = '';
      return {};
    },
    steps: [
      'count',
      { run: 'regenerateAndCount', cookie: (usual) => (old = usual) },
      { run: 'read', as: 'late', cookie: () => old },
      { run: 'count', as: 'late', cookie: () => old },
      'read',
    ],
  },
  {
    name: 'a session that ended while the request ran is not saved again',
    options: lean,
    freshOptions: () => {
      old = '';
      return {};
    },
    steps: [
      'count',
      { run: 'destroy', cookie: (usual) => (old = usual) },
      { run: 'read', as: 'late', cookie: () => old },
      { run: 'count', as: 'late', cookie: () => old },
    ],
  },
];

let old = '';
