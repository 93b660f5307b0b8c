import type { Script } from '../script.js';

const lean = { resave: false, saveUninitialized: false } as const;
const https = { 'x-forwarded-proto': 'https' } as const;
const MINUTE = 60_000;

/** The options of the cookie. */
export const cookieScripts: Script[] = [
  { name: 'cookie.maxAge', options: { ...lean, cookie: { maxAge: MINUTE } }, steps: ['count', 'cookie', 'count'] },
  {
    name: 'cookie.expires',
    freshOptions: () => ({ ...lean, cookie: { expires: new Date(Date.now() + 2 * MINUTE) } }),
    steps: ['count', 'cookie'],
  },
  {
    name: 'cookie.expires and cookie.maxAge: the last one counts',
    freshOptions: () => ({ ...lean, cookie: { expires: new Date(Date.now() + 2 * MINUTE), maxAge: MINUTE } }),
    steps: ['count', 'cookie'],
  },
  {
    name: 'cookie.domain, cookie.path and cookie.httpOnly',
    options: { ...lean, cookie: { domain: 'example.com', path: '/app', httpOnly: false } },
    steps: [
      { run: 'count', under: '/app/' },
      { run: 'count', under: '/app/deep/' },
    ],
  },
  ...([true, false, 'lax', 'strict', 'none'] as const).map((sameSite): Script => ({
    name: `cookie.sameSite ${String(sameSite)}`,
    options: { ...lean, cookie: { sameSite } },
    steps: ['count', 'count'],
  })),
  {
    name: "cookie.sameSite 'auto'",
    options: { ...lean, proxy: true, cookie: { sameSite: 'auto' } },
    steps: ['count', { run: 'count', as: 'bob', headers: https }],
  },
  {
    name: 'cookie.partitioned and cookie.priority',
    options: { ...lean, cookie: { partitioned: true, priority: 'high' } },
    steps: ['count', 'count'],
  },
  {
    name: 'cookie.secure over https',
    options: { ...lean, proxy: true, cookie: { secure: true } },
    steps: [
      { run: 'count', headers: https },
      { run: 'count', headers: https },
    ],
  },
  { name: 'cookie.secure over http', options: { ...lean, cookie: { secure: true } }, steps: ['count', 'plain'] },
  {
    name: 'cookie.secure: a stored session over http',
    options: { ...lean, proxy: true, cookie: { secure: true, maxAge: MINUTE } },
    steps: [{ run: 'count', headers: https }, 'count', { run: 'read', headers: https }],
  },
  {
    name: "cookie.secure 'auto'",
    options: { ...lean, proxy: true, cookie: { secure: 'auto' } },
    steps: ['count', { run: 'count', as: 'bob', headers: https }, { run: 'count', as: 'bob', headers: https }],
  },
  {
    name: 'proxy false: the header does not count',
    options: { ...lean, proxy: false, cookie: { secure: 'auto' } },
    app: (app) => void app.set('trust proxy', 1),
    steps: [{ run: 'count', headers: https }],
  },
  {
    name: 'proxy undefined: trust proxy of Express counts',
    options: { ...lean, cookie: { secure: true } },
    app: (app) => void app.set('trust proxy', 1),
    steps: [{ run: 'count', headers: https }],
  },
  {
    name: 'proxy true: the first of several protocols counts',
    options: { ...lean, proxy: true, cookie: { secure: 'auto' } },
    steps: [
      { run: 'count', headers: { 'x-forwarded-proto': 'HTTPS , http' } },
      { run: 'count', as: 'bob', headers: { 'x-forwarded-proto': 'http, https' } },
    ],
  },
  {
    name: 'cookie.path: elsewhere there is no session',
    options: { cookie: { path: '/app' } },
    steps: [
      { run: 'has', under: '/app/' },
      { run: 'has', under: '/' },
      { run: 'has', under: '/other/app/' },
    ],
  },
  {
    name: 'cookie.path: a path that only begins alike',
    options: { cookie: { path: '/app' } },
    steps: [{ run: 'has', under: '/application/' }],
  },
  {
    name: 'cookie as a function',
    options: {
      ...lean,
      cookie: (req) => ({ path: `/${req.originalUrl.split('/')[1] ?? ''}`, maxAge: MINUTE, httpOnly: false }),
    },
    steps: [
      { run: 'count', under: '/one/' },
      { run: 'count', under: '/two/', as: 'bob' },
      { run: 'cookie', under: '/one/' },
    ],
  },
  {
    name: "cookie as a function, cookie.secure 'auto'",
    options: { ...lean, cookie: () => ({ secure: 'auto' }) },
    steps: ['count'],
  },
];
