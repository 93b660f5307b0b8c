import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const minute = { ...lean, cookie: { maxAge: MINUTE } };

/** How long sessions and their cookies live. */
export const lifetimeScripts: Script[] = [
  {
    name: 'rolling true: the cookie comes with every response',
    options: { ...minute, rolling: true },
    steps: ['count', { run: 'read', after: 10_000 }, { run: 'plain', after: 10_000 }, { run: 'count', after: 10_000 }],
  },
  {
    name: 'rolling true: a cookie that ends with the browser',
    options: { ...lean, rolling: true },
    steps: ['count', 'read', 'plain'],
  },
  {
    name: 'rolling true, saveUninitialized false: no cookie before there is a session',
    options: { ...minute, rolling: true },
    steps: ['plain', 'read'],
  },
  {
    name: 'rolling false: the cookie comes when the session changes',
    options: minute,
    steps: ['count', 'read', { run: 'count', after: 3_000 }],
  },
  {
    name: 'a read soon after: the deadline in the store',
    options: minute,
    steps: ['count', { run: 'read', after: 3_000 }],
  },
  {
    name: 'a read later: the deadline in the browser',
    options: minute,
    steps: ['count', { run: 'read', after: 30_000 }, { run: 'read', after: 40_000 }],
  },
  {
    name: 'resave true: a read moves the deadline in the store',
    options: { ...minute, resave: true },
    steps: ['count', { run: 'read', after: 3_000 }],
  },
  {
    name: 'a session that nobody used for its maxAge',
    options: minute,
    steps: ['count', { run: 'read', after: 61_000 }, 'count'],
  },
  {
    name: 'its cookie comes back too late',
    options: minute,
    freshOptions: () => {
      kept = '';
      return {};
    },
    steps: [
      'count',
      { run: 'read', cookie: (usual) => (kept = usual) },
      { run: 'count', after: 2 * MINUTE, cookie: () => kept },
    ],
  },
  {
    name: 'no maxAge: a session that was not used for two days',
    options: lean,
    steps: ['count', { run: 'read', after: 48 * HOUR }],
  },
  {
    name: 'no maxAge: a session that is used every twelve hours',
    options: lean,
    steps: [
      'count',
      { run: 'read', after: 12 * HOUR },
      { run: 'read', after: 12 * HOUR },
      { run: 'read', after: 12 * HOUR },
    ],
  },
  {
    name: 'cookie.maxAge counts down within a request',
    options: minute,
    steps: ['count', { run: 'cookie', after: 5_000 }],
  },
  {
    name: 'cookie.maxAge of one session',
    options: minute,
    steps: ['longer', 'cookie', { run: 'read', after: 2 * MINUTE }],
  },
  { name: 'cookie.maxAge changes and nothing else', options: minute, steps: ['count', 'longerOnly', 'cookie'] },
  { name: 'cookie.expires of one session', options: lean, steps: ['expiresAt', 'cookie', 'count'] },
  {
    name: 'cookie.expires false: until the browser closes',
    options: minute,
    steps: ['count', 'untilClosed', 'cookie', 'count'],
  },
  { name: 'other attributes of one session', options: lean, steps: ['attributes', 'read', 'count'] },
  { name: 'session.touch()', options: minute, steps: ['count', { run: 'touch', after: 3_000 }, 'read'] },
];

let kept = '';
