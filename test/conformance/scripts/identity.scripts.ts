import { createHmac } from 'node:crypto';
import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;
const other = 'connect.sid=s%3Anobody.bm9ib2R5';

/** The cookie as it was signed before the secret changed. */
const signedWith = (secret: string) => (usual: string) => {
  const value = decodeURIComponent(usual.slice('connect.sid='.length));
  const id = value.slice(2, value.lastIndexOf('.'));
  const mac = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${mac}`)}`;
};

let bobs = '';

/** The id, its name, its signature and the ways it can arrive. */
export const identityScripts: Script[] = [
  { name: 'req.sessionID and session.id', steps: ['ids', 'ids', 'has'] },
  { name: 'name', options: { ...lean, name: 'shop' }, steps: ['count', 'count'] },
  { name: 'a cookie of another name', options: lean, steps: ['count', { run: 'count', cookie: () => 'other=1' }] },
  {
    name: 'cookies of the application beside ours',
    options: { saveUninitialized: true, resave: false },
    steps: ['setsCookie', 'setsCookie', 'writeHeadCookie'],
  },
  {
    name: 'genid',
    freshOptions: () => {
      let next = 0;
      return { ...lean, genid: () => `short-${(next += 1)}` };
    },
    steps: ['count', { run: 'count', as: 'bob' }, 'ids', 'regenerateAndCount'],
  },
  {
    name: 'genid is given the request',
    options: { ...lean, genid: (req) => `for${req.url.replaceAll('/', '-')}` },
    steps: ['count', 'ids'],
  },
  {
    name: 'genid makes a name of every object',
    options: { ...lean, genid: () => '__proto__' },
    steps: ['count', 'count', 'read', 'destroy'],
  },
  {
    name: 'genid makes no string',
    options: { ...lean, genid: () => 7 as unknown as string },
    steps: ['count', 'plain'],
  },
  { name: 'an unsigned cookie', options: lean, steps: ['count', { run: 'read', cookie: () => 'connect.sid=abc' }] },
  {
    name: 'a cookie with another signature',
    options: lean,
    steps: ['count', { run: 'read', cookie: (usual) => `${usual.slice(0, -6)}AAAAAA` }, 'read'],
  },
  {
    name: 'a cookie cut short',
    options: lean,
    steps: ['count', { run: 'count', cookie: (usual) => usual.slice(0, 20) }, 'read'],
  },
  {
    name: 'an id that is in no store',
    options: lean,
    steps: [
      'count',
      { run: 'read', store: (store) => store.clear() },
      { run: 'count', store: (store) => store.clear() },
      'count',
    ],
  },
  {
    name: 'a cookie in quotes',
    options: lean,
    steps: ['count', { run: 'read', cookie: (usual) => usual.replace('=', '="').concat('"') }],
  },
  {
    name: 'two cookies of the name, the first of them ours',
    options: lean,
    steps: ['count', { run: 'read', cookie: (usual) => `${usual}; ${other}` }],
  },
  {
    name: 'two cookies of the name, the second of them ours',
    options: lean,
    steps: ['count', { run: 'read', cookie: (usual) => `${other}; ${usual}` }],
  },
  {
    name: 'a list of secrets',
    options: { ...lean, secret: ['newest', 'older', 'oldest'] },
    steps: ['count', 'count'],
  },
  {
    name: 'a cookie with the signature of an older secret',
    options: { ...lean, secret: ['newest', 'older'] },
    steps: ['count', { run: 'read', cookie: signedWith('older') }, { run: 'count', cookie: signedWith('older') }],
  },
  {
    name: 'a cookie with the signature of a secret that is gone',
    options: { ...lean, secret: ['newest', 'older'] },
    steps: ['count', { run: 'read', cookie: signedWith('gone') }],
  },
  {
    name: 'two cookies of the name, both of live sessions',
    options: lean,
    steps: [
      'count',
      { run: 'count', as: 'bob' },
      { run: 'read', as: 'bob', cookie: (usual) => (bobs = usual) },
      { run: 'read', cookie: (usual) => `${usual}; ${bobs}` },
    ],
  },
  { name: 'a short secret', options: { ...lean, secret: 'x' }, steps: ['count', 'count'] },
  { name: 'a secret of bytes', options: { ...lean, secret: Buffer.from('bytes') }, steps: ['count', 'count'] },
  { name: 'no secret', options: { secret: '' }, steps: ['plain'] },
  { name: 'an empty list of secrets', options: { secret: [] }, steps: ['plain'] },
  { name: 'genid that is no function', options: { genid: 'x' as unknown as () => string }, steps: ['plain'] },
  { name: 'unset that is no choice', options: { unset: 'x' as unknown as 'keep' }, steps: ['plain'] },
  { name: 'something that is no id is assigned', options: lean, steps: ['count', 'bogusId', 'read'] },
  { name: 'another id is assigned', options: lean, steps: ['count', 'assignId', 'read'] },
];
