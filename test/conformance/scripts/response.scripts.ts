import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;

/** Ways to answer. */
export const responseScripts: Script[] = [
  { name: 'HEAD', options: lean, steps: [{ run: 'head', method: 'HEAD' }, { run: 'count', method: 'HEAD' }, 'read'] },
  { name: '204', options: lean, steps: ['noContent', 'noContent'] },
  { name: '304', options: lean, steps: ['count', { run: 'cached', headers: { 'if-none-match': '"v1"' } }] },
  {
    name: 'OPTIONS and POST',
    options: lean,
    steps: [
      { run: 'count', method: 'OPTIONS' },
      { run: 'count', method: 'POST' },
    ],
  },
  { name: 'writeHead with headers', options: lean, steps: ['writeHead', 'writeHead'] },
  { name: 'a stream', options: lean, steps: ['stream', 'stream', 'read'] },
  {
    name: 'a stream: a stored session changes after the first byte',
    options: lean,
    steps: ['count', 'changeLate', 'read'],
  },
  { name: 'a stream: a new session changes after the first byte', options: lean, steps: ['changeLate', 'read'] },
  { name: 'end twice', options: lean, steps: ['endTwice', 'endTwice'] },
  { name: 'an empty write, then end', options: lean, steps: ['endInTurn', 'endInTurn'] },
  { name: 'end with a buffer', options: lean, steps: ['buffer', 'buffer'] },
  { name: 'end with an encoding', options: lean, steps: ['hex', 'hex'] },
  { name: 'a handler that throws', options: lean, steps: ['throws', 'throws', 'read'] },
  { name: 'a path that nobody serves', options: lean, steps: ['missing', 'missing'] },
];
