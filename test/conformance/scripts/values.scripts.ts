import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;

/** What is kept, and when it is saved. */
export const valueScripts: Script[] = [
  { name: 'defaults: a first visit is stored', steps: ['plain', 'plain', 'count', 'read'] },
  {
    name: 'saveUninitialized false: a visitor who only reads leaves nothing',
    options: lean,
    steps: ['plain', 'read', 'plain'],
  },
  {
    name: 'saveUninitialized true: a visitor who only reads is stored',
    options: { resave: false, saveUninitialized: true },
    steps: ['plain', 'plain', { run: 'read', as: 'bob' }],
  },
  { name: 'resave false: a counter', options: lean, steps: ['count', 'count', 'read', 'count'] },
  {
    name: 'resave true: a counter',
    options: { resave: true, saveUninitialized: false },
    steps: ['count', 'read', 'count', 'plain'],
  },
  { name: 'two visitors', options: lean, steps: ['count', { run: 'count', as: 'bob' }, 'count', 'read'] },
  { name: 'a nested change', options: lean, steps: ['push', 'push', 'read'] },
  { name: 'the same value again', options: lean, steps: ['same', 'same', 'read'] },
  { name: 'a value is removed', options: lean, steps: ['count', 'remove', 'read'] },
  { name: 'an undefined value', options: lean, steps: ['count', 'nothing', 'read'] },
  { name: 'values of every type', options: lean, steps: ['types', 'read', 'types'] },
  { name: 'values with the names of properties of every object', options: lean, steps: ['reserved', 'read'] },
  {
    name: 'unset keep: the session is let go of and stays',
    options: { ...lean, unset: 'keep' },
    steps: ['count', 'setNull', 'read', 'deleteProperty', 'read'],
  },
  {
    name: 'unset destroy: set to null',
    options: { ...lean, unset: 'destroy' },
    steps: ['count', 'setNull', 'read'],
  },
  {
    name: 'unset destroy: deleted from the request',
    options: { ...lean, unset: 'destroy' },
    steps: ['count', 'deleteProperty', 'read'],
  },
  {
    name: 'unset destroy: a session that was never stored',
    options: { ...lean, unset: 'destroy' },
    steps: ['setNull'],
  },
  { name: 'another object is put in place of the session', options: lean, steps: ['count', 'assignSession', 'read'] },
  { name: 'mounted twice', options: lean, mounts: 2, steps: ['count', 'count', 'read'] },
  {
    name: 'a record with a key that express-session does not know',
    options: lean,
    steps: [
      'count',
      {
        run: 'read',
        store: (store) => {
          for (const [id, text] of Object.entries(store.sessions)) {
            store.sessions[id] = JSON.stringify({ ...(JSON.parse(text) as object), added: 1 });
          }
        },
      },
    ],
  },
  {
    name: 'a record without a cookie',
    options: lean,
    steps: [
      'count',
      {
        run: 'read',
        store: (store) => {
          for (const id of Object.keys(store.sessions)) store.sessions[id] = '{"n":1}';
        },
      },
    ],
  },
];
