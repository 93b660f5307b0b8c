import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submit } from '../../examples/next/test/forms.js';
import { HttpClient } from '../support/http-client.js';
import type { GuideProcess } from './guide.js';
import { NextGuide } from './next-guide.js';
import { ADA, attributesOf, forgedFrom, PASSWORD, signedInBefore, withoutRevocations } from './next-sessions.js';

let guide: NextGuide;
let app: GuideProcess;
beforeAll(async () => {
  guide = await NextGuide.write('docs/guides/nextjs-app-router.md');
  await guide.add('docs/nextjs.md', ['app/actions.ts', 'proxy.ts', 'components/reload-when-restored.tsx']);
  await guide.build();
  app = await guide.start({ SESSION_PASSWORD: PASSWORD });
});
afterAll(() => guide?.remove());

const visitor = (): HttpClient => new HttpClient(app.url);
const signIn = (client: HttpClient, password = ADA.password): Promise<Response> =>
  submit(client, '/login', 'password', { ...ADA, password });

async function signedIn(): Promise<HttpClient> {
  const client = visitor();
  const response = await signIn(client);
  expect([response.status, response.headers.get('location')]).toEqual([303, '/dashboard']);
  return client;
}

const open = async (client: HttpClient, headers?: Record<string, string>): Promise<string> => {
  const response = await client.get('/dashboard', headers);
  return response.status === 200 ? response.text() : `${response.status} ${response.headers.get('location')}`;
};
const keepNote = (client: HttpClient, note: unknown, headers?: Record<string, string>): Promise<Response> =>
  client.request('PUT', '/api/note', { json: note, ...(headers && { headers }) });

describe('visitors', () => {
  it('are sent to the login page, may write nothing, and get no cookie', async () => {
    const client = visitor();
    for (const path of ['/', '/login', '/dashboard', '/dashboard/more']) {
      const response = await client.get(path);
      expect(response.headers.getSetCookie(), path).toEqual([]);
      expect(response.headers.get('location'), path).toBe(path.startsWith('/dashboard') ? '/login' : null);
    }
    expect((await keepNote(client, 'mine')).status).toBe(401);
  });

  it('with a wrong password are told so, and are not signed in', async () => {
    const client = visitor();
    const response = await signIn(client, 'wrong');
    expect(await response.text()).toMatch(/role="alert"[^>]*>The name or the password is wrong\./);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await open(client)).toBe('307 /login');
  });

  it('with a changed cookie have no user', async () => {
    const client = await signedIn();
    for (const cookie of await forgedFrom(client)) {
      expect(await open(visitor(), { cookie }), cookie).toBe('307 /login');
      expect((await keepNote(visitor(), 'mine', { cookie })).status).toBe(401);
    }
    expect(await open(client)).toContain('Hello, Ada Lovelace');
  });
});

describe('who signs in', () => {
  it('gets the cookie that the page describes', async () => {
    const [line, ...others] = (await signIn(visitor())).headers.getSetCookie();
    expect(line).toMatch(/^session=Fe26\.2\*/);
    expect(others).toEqual([]);
    expect(attributesOf(line)).toEqual([
      expect.stringMatching(/^Expires=/),
      'HttpOnly',
      'Max-Age=1800',
      'Path=/',
      'SameSite=lax',
      'Secure',
    ]);
  });

  it('sees the dashboard, which no cache keeps, and no login page', async () => {
    const client = await signedIn();
    const response = await client.get('/dashboard');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).toContain('Hello, Ada Lovelace');
    expect((await client.get('/login')).headers.get('location')).toBe('/dashboard');
  });

  it('keeps a note by the route handler', async () => {
    const client = await signedIn();
    expect(await open(client)).toContain('You have no note.');
    expect((await keepNote(client, 'Buy tea')).status).toBe(200);
    for (const wrong of ['x'.repeat(201), 7]) expect((await keepNote(client, wrong)).status).toBe(400);
    expect(await open(client)).toContain('Your note: Buy tea');
  });
});

describe('who signs out', () => {
  it('is signed out, as is every copy of the cookie, over a restart too', async () => {
    const client = await signedIn();
    const copy = await client.clone();
    const elsewhere = await signedIn();
    const response = await submit(client, '/dashboard', 'Sign out');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
    expect(await client.cookie('session')).toBeUndefined();
    const nobodyAnyMore = async (): Promise<void> => {
      expect(await open(client)).toBe('307 /login');
      expect(await open(copy)).toBe('307 /login');
      expect((await keepNote(copy, 'mine')).status).toBe(401);
      // The browser does not go round in circles.
      expect((await copy.get('/login')).status).toBe(200);
      expect(await open(elsewhere)).toContain('Hello, Ada Lovelace');
    };
    await nobodyAnyMore();
    await app.stop();
    app = await guide.start({ SESSION_PASSWORD: PASSWORD }, app.port);
    await nobodyAnyMore();
  });
});

describe('time', () => {
  it('renews the session of who keeps coming, after a tenth of it', async () => {
    const cookie = await signedInBefore(10);
    const renewed = await visitor().get('/dashboard', { cookie });
    expect(await renewed.text()).toContain('Hello, Ada Lovelace');
    const [line] = renewed.headers.getSetCookie();
    expect(attributesOf(line)).toContain('Max-Age=1800');
    expect(await open(visitor(), { cookie: line?.split(';', 1)[0] ?? '' })).toContain('Hello, Ada Lovelace');

    const recent = await visitor().get('/dashboard', { cookie: await signedInBefore(1) });
    expect(await recent.text()).toContain('Hello, Ada Lovelace');
    expect(recent.headers.getSetCookie()).toEqual([]);
  });

  it('ends the session of who does not', async () => {
    expect(await open(visitor(), { cookie: await signedInBefore(31) })).toBe('307 /login');
  });
});

describe('what is out of order', () => {
  it('signs no user out', async () => {
    const client = await signedIn();
    await withoutRevocations(guide.path, async () => {
      const response = await client.get('/dashboard');
      expect(response.status).toBe(500);
      expect(response.headers.getSetCookie()).toEqual([]);
    });
    expect(await open(client)).toContain('Hello, Ada Lovelace');
  });

  it.each([
    ['none', undefined, 'password: is required'],
    ['a short one', PASSWORD.slice(1), 'password: has 31 characters and needs 32'],
  ])('is said of the password: %s', async (_, password, problem) => {
    const other = await guide.start(password === undefined ? {} : { SESSION_PASSWORD: password });
    expect((await new HttpClient(other.url).get('/dashboard')).status).toBe(500);
    expect(other.output).toContain(problem);
    expect(other.output).not.toContain(PASSWORD.slice(1));
    await other.stop();
  });
});

// Then a page begins before it has asked for the session: it redirects by a script.
describe('with cacheComponents', () => {
  beforeAll(async () => {
    await app.stop();
    for (const page of ['login', 'dashboard']) {
      await appendFile(join(guide.path, `app/${page}/page.tsx`), 'export const instant = false;\n');
    }
    await guide.build({ cacheComponents: true });
    app = await guide.start({ SESSION_PASSWORD: PASSWORD }, app.port);
  });

  it('shows the dashboard to a user, and nothing of it to others', async () => {
    expect(await open(visitor())).toBe('307 /login');
    const client = await signedIn();
    expect(await open(client)).toContain('Hello, Ada Lovelace');
    expect((await keepNote(client, 'Buy tea')).status).toBe(200);
    expect(await open(client)).toContain('Your note: Buy tea');

    const copy = await client.clone();
    await submit(client, '/dashboard', 'Sign out');
    const seen = await open(copy);
    expect(seen).toContain('NEXT_REDIRECT;replace;/login;307;');
    expect(seen).not.toMatch(/Lovelace|Buy tea/);
    expect((await keepNote(copy, 'mine')).status).toBe(401);
    expect(await open(client)).toBe('307 /login');
  });
});
