import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { filesOf, type GuideProcess } from './guide.js';
import { NextGuide } from './next-guide.js';
import { ADA, attributesOf, forgedFrom, PASSWORD, signedInBefore, withoutRevocations } from './next-sessions.js';

const PAGE = 'docs/guides/nextjs-pages-router.md';

let guide: NextGuide;
let app: GuideProcess;
beforeAll(async () => {
  guide = await NextGuide.write(PAGE, ['middleware.ts']);
  await guide.build();
  app = await guide.start({ SESSION_PASSWORD: PASSWORD });
});
afterAll(() => guide?.remove());

const visitor = (): HttpClient => new HttpClient(app.url);
/** Sends a form as the pages do, as a browser without JavaScript. */
const send = (
  client: HttpClient,
  path: string,
  form: Record<string, string> = {},
  site = 'same-origin',
): Promise<Response> => client.request('POST', path, { form, headers: { 'sec-fetch-site': site } });

async function signedIn(): Promise<HttpClient> {
  const client = visitor();
  const response = await send(client, '/api/login', ADA);
  expect([response.status, response.headers.get('location')]).toEqual([303, '/dashboard']);
  return client;
}

/** What the page and the API route say of who this is. */
async function look(client: HttpClient, headers?: Record<string, string>): Promise<unknown> {
  const page = await client.get('/dashboard', headers);
  const me = await client.get('/api/me', headers);
  const { user } = (await me.json()) as { user?: unknown };
  const name = /<h1>Hello, ([^<]*)<\/h1>/.exec(await page.text())?.[1];
  return { page: name ?? `${page.status} ${page.headers.get('location')}`, me: user ?? me.status };
}
const NOBODY = { page: '307 /login', me: 401 };
const SIGNED_IN = { page: ADA.name, me: { id: '1', name: ADA.name } };

/** Of a page that is not there, only the proxy can send somebody away. */
async function expectGuard(): Promise<void> {
  const anonymous = await visitor().get('/dashboard/more');
  expect([anonymous.status, anonymous.headers.get('location')]).toEqual([307, '/login']);
  const client = await signedIn();
  const copy = await client.clone();
  await send(client, '/api/logout');
  expect([(await client.get('/dashboard/more')).status, (await copy.get('/dashboard/more')).status]).toEqual([
    307, 404,
  ]);
}

describe('visitors', () => {
  it('are sent to the login page, and get no cookie', async () => {
    const client = visitor();
    for (const path of ['/', '/login', '/dashboard', '/api/me']) {
      expect((await client.get(path)).headers.getSetCookie(), path).toEqual([]);
    }
    expect(await look(client)).toEqual(NOBODY);
    const login = await client.get('/login');
    expect([login.status, await login.text()]).toEqual([200, expect.not.stringContaining('role="alert"')]);
  });

  it('are sent there by the proxy, which lets through requests that may have a user', () => expectGuard());

  it('with a wrong password are told so, and are not signed in', async () => {
    const client = visitor();
    for (const form of [{ ...ADA, password: 'wrong' }, { name: ADA.name }, {}]) {
      const response = await send(client, '/api/login', form);
      expect(response.headers.get('location')).toBe('/login?failed');
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(await (await client.get('/login?failed')).text()).toContain('password is wrong');
    expect(await look(client)).toEqual(NOBODY);
  });

  it('with a changed cookie have no user', async () => {
    const client = await signedIn();
    for (const cookie of await forgedFrom(client)) expect(await look(visitor(), { cookie }), cookie).toEqual(NOBODY);
    expect(await look(client)).toEqual(SIGNED_IN);
  });
});

describe('who signs in', () => {
  it('gets the cookie that the page describes, in an answer that no cache keeps', async () => {
    const response = await send(visitor(), '/api/login', ADA);
    const [line, ...others] = response.headers.getSetCookie();
    expect(line).toMatch(/^session=Fe26\.2\*/);
    expect(others).toEqual([]);
    expect(attributesOf(line)).toEqual([
      expect.stringMatching(/^Expires=/),
      'HttpOnly',
      'Max-Age=1800',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    expect(response.headers.get('cache-control')).toContain('no-store');
  });

  it('is known to the dashboard and to the API route, and sees no login page', async () => {
    const client = await signedIn();
    expect(await look(client)).toEqual(SIGNED_IN);
    for (const path of ['/dashboard', '/api/me']) {
      expect((await client.get(path)).headers.get('cache-control'), path).toContain('no-store');
    }
    expect((await client.get('/login')).headers.get('location')).toBe('/dashboard');
  });

  it('again has a new session, and the one before is over', async () => {
    const client = await signedIn();
    const before = await client.clone();
    await send(client, '/api/login', ADA);
    expect(await look(client)).toEqual(SIGNED_IN);
    expect(await look(before)).toEqual(NOBODY);
  });

  it('is neither signed in nor out by another site, nor by a link', async () => {
    const client = await signedIn();
    for (const path of ['/api/login', '/api/logout']) {
      for (const site of ['same-site', 'cross-site']) expect((await send(client, path, ADA, site)).status).toBe(403);
      expect((await client.get(path)).status).toBe(405);
    }
    expect(await look(client)).toEqual(SIGNED_IN);
  });
});

describe('who signs out', () => {
  it('is signed out, as is every copy of the cookie', async () => {
    const client = await signedIn();
    const copy = await client.clone();
    const elsewhere = await signedIn();
    const response = await send(client, '/api/logout');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
    expect(await client.cookie('session')).toBeUndefined();
    expect(await look(client)).toEqual(NOBODY);
    expect(await look(copy)).toEqual(NOBODY);
    // The browser does not go round in circles.
    expect((await copy.get('/login')).status).toBe(200);
    expect(await look(elsewhere)).toEqual(SIGNED_IN);
  });

  it('gets nothing from the data of a page, by which links are followed', async () => {
    const build = (await readFile(join(guide.path, '.next/BUILD_ID'), 'utf8')).trim();
    const dataOf = async (client: HttpClient): Promise<string> =>
      (await client.get(`/_next/data/${build}/dashboard.json`, { 'x-nextjs-data': '1' })).text();
    const client = await signedIn();
    const copy = await client.clone();
    expect(await dataOf(client)).toContain(ADA.name);
    await send(client, '/api/logout');
    expect(await dataOf(client)).not.toContain(ADA.name);
    expect(JSON.parse(await dataOf(copy))).toMatchObject({ pageProps: { __N_REDIRECT: '/login' } });
  });
});

describe('time', () => {
  it('renews the session of who keeps coming, after a tenth of it', async () => {
    const renewed = await visitor().get('/dashboard', { cookie: await signedInBefore(10) });
    expect(await renewed.text()).toContain('Hello, Ada Lovelace');
    const [line] = renewed.headers.getSetCookie();
    expect(attributesOf(line)).toContain('Max-Age=1800');
    expect(await look(visitor(), { cookie: line?.split(';', 1)[0] ?? '' })).toEqual(SIGNED_IN);

    const recent = await visitor().get('/dashboard', { cookie: await signedInBefore(1) });
    expect(await recent.text()).toContain('Hello, Ada Lovelace');
    expect(recent.headers.getSetCookie()).toEqual([]);
  });

  it('ends the session of who does not', async () => {
    expect(await look(visitor(), { cookie: await signedInBefore(31) })).toEqual(NOBODY);
  });
});

describe('what is out of order', () => {
  it('signs no user out', async () => {
    const client = await signedIn();
    await withoutRevocations(guide.path, async () => {
      for (const path of ['/dashboard', '/api/me']) {
        const response = await client.get(path);
        expect(response.status, path).toBe(500);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
    });
    expect(await look(client)).toEqual(SIGNED_IN);
  });
});

describe('the middleware by its old name', () => {
  let said: string;
  beforeAll(async () => {
    await app.stop();
    await rm(join(guide.path, 'proxy.ts'));
    await writeFile(join(guide.path, 'middleware.ts'), filesOf(PAGE).get('middleware.ts') ?? '');
    said = await guide.build();
    app = await guide.start({ SESSION_PASSWORD: PASSWORD }, app.port);
  });

  it('is taken with a warning, and guards the dashboard too', async () => {
    expect(said).toContain('The "middleware" file convention is deprecated');
    await expectGuard();
    expect(await look(await signedIn())).toEqual(SIGNED_IN);
  });
});
