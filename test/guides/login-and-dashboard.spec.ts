import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { Guide, type GuideProcess } from './guide.js';

const SECRET = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js0';
const ada = { name: 'Ada', password: 'correct horse battery staple' };
const asBrowser = { accept: 'text/html' };

let guide: Guide;
beforeAll(async () => {
  guide = await Guide.write('docs/guides/login-and-dashboard.md');
});
afterAll(() => guide?.remove());

/** The attributes of a cookie, without those that say when it ends. */
const attributesOf = (line: string | undefined): string[] =>
  (line ?? '')
    .split('; ')
    .slice(1)
    .filter((part) => !/^(Max-Age|Expires)=/.test(part))
    .sort();

describe.each([
  { title: 'in Express', file: 'express.ts', cookie: 'connect.sid', secureCookie: 'connect.sid', login: '/login' },
  {
    title: 'in Nest',
    file: 'main.ts',
    cookie: 'sid',
    secureCookie: '__Host-sid',
    login: '/login?returnTo=%2Fdashboard',
  },
])('$title', ({ file, cookie, secureCookie, login }) => {
  let app: GuideProcess;
  beforeAll(async () => {
    app = await (await guide.start(file, { SESSION_SECRET: SECRET })).ready();
  });
  afterAll(() => app?.stop());

  const dashboard = (client: HttpClient) => client.get('/dashboard', asBrowser);
  const signIn = (client: HttpClient, form: Record<string, string> = ada) =>
    client.request('POST', '/login', { form, headers: asBrowser });
  const signOut = (client: HttpClient) => client.request('POST', '/logout', { form: {}, headers: asBrowser });
  const expectSentToLogin = (response: Response): void => {
    expect([response.status, response.headers.get('location')]).toEqual([302, login]);
  };

  it('sends a visitor to the login page, without a cookie', async () => {
    const client = new HttpClient(app.url);
    const response = await dashboard(client);
    expectSentToLogin(response);
    expect(response.headers.getSetCookie()).toEqual([]);
    const page = await client.get(login, asBrowser);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await page.text()).toContain('<form method="post" action="/login">');
  });

  it.each([
    ['a wrong password', { ...ada, password: 'wrong' }],
    ['a name that nobody has', { ...ada, name: 'Nobody' }],
    ['nothing', {}],
  ])('answers 401 to %s, without a cookie', async (_what, form) => {
    const client = new HttpClient(app.url);
    const response = await signIn(client, form);
    expect(response.status).toBe(401);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toContain('password is wrong');
    expectSentToLogin(await dashboard(client));
  });

  it('shows the dashboard to a user who signs in, and keeps it out of caches', async () => {
    const client = new HttpClient(app.url);
    const response = await signIn(client);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/dashboard']);
    expect(attributesOf(response.headers.getSetCookie()[0])).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax']);

    const page = await dashboard(client);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toMatch(/\bno-store\b/);
    expect(await page.text()).toContain('Hello, Ada.');
  });

  it('gives a new id at every login, and ends the old one', async () => {
    const client = new HttpClient(app.url);
    await signIn(client);
    const before = await client.clone();
    const first = await client.cookie(cookie);
    await signIn(client);
    expect(await client.cookie(cookie)).not.toBe(first);
    expect((await dashboard(client)).status).toBe(200);
    expectSentToLogin(await dashboard(before));
  });

  it('takes the very cookie out of the browser at logout, and the copy of it opens nothing', async () => {
    const client = new HttpClient(app.url);
    const [given] = (await signIn(client)).headers.getSetCookie();
    const copy = await client.clone();
    expect((await dashboard(copy)).status).toBe(200);

    const response = await signOut(client);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
    const lines = response.headers.getSetCookie();
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${cookie}=; .*Max-Age=0`))]);
    expect(attributesOf(lines[0])).toEqual(attributesOf(given));
    expect(await client.cookie(cookie)).toBeUndefined();
    expectSentToLogin(await dashboard(client));
    expectSentToLogin(await dashboard(copy));
  });

  it('signs out a user who is signed out already', async () => {
    expect((await signOut(new HttpClient(app.url))).status).toBe(303);
  });

  it('keeps people signed in over a restart', async () => {
    const client = new HttpClient(app.url);
    await signIn(client);
    const { port } = app;
    await app.stop();
    app = await (await guide.start(file, { SESSION_SECRET: SECRET }, port)).ready();
    expect((await dashboard(client)).status).toBe(200);
  });

  it('sends a Secure cookie in production, over https only', async () => {
    const production = await guide.start(file, { SESSION_SECRET: SECRET, NODE_ENV: 'production' });
    await production.ready();
    const over = (proto: string) =>
      new HttpClient(production.url).request('POST', '/login', { form: ada, headers: { 'x-forwarded-proto': proto } });
    const [line] = (await over('https')).headers.getSetCookie();
    expect(line).toMatch(new RegExp(`^${secureCookie}=`));
    expect(attributesOf(line)).toContain('Secure');
    expect((await over('http')).headers.getSetCookie()).toEqual([]);
    await production.stop();
  });

  it('does not start without a secret in production, and says so', async () => {
    const refused = await guide.start(file, { NODE_ENV: 'production' });
    expect(await refused.ended).toBe(1);
    expect(refused.output).toMatch(/- secret: is required/);
  });
});

describe('in Nest alone', () => {
  it('goes back to the page that was wanted, and to no other site', async () => {
    const app = await (await guide.start('main.ts', { SESSION_SECRET: SECRET })).ready();
    const client = new HttpClient(app.url);
    const wanted = '/dashboard?tab=2';
    const sent = (await client.get(wanted, asBrowser)).headers.get('location') ?? '';
    expect(sent).toBe('/login?returnTo=%2Fdashboard%3Ftab%3D2');
    expect(await (await client.get(sent)).text()).toContain('name="returnTo" type="hidden" value="/dashboard?tab=2"');

    const nasty = await client.get(`/login?returnTo=${encodeURIComponent('/#"><script>')}`);
    expect(await nasty.text()).not.toContain('<script>');

    const endOf = async (returnTo: string): Promise<string | null> => {
      const form = { ...ada, returnTo };
      return (await client.request('POST', '/login', { form })).headers.get('location');
    };
    expect(await endOf(wanted)).toBe(wanted);
    for (const elsewhere of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      expect(await endOf(elsewhere)).toBe('/dashboard');
    }
    await app.stop();
  });

  it('refuses the forms of other sites', async () => {
    const app = await (await guide.start('main.ts', { SESSION_SECRET: SECRET })).ready();
    const client = new HttpClient(app.url);
    const headers = { origin: 'https://evil.example' };
    expect((await client.request('POST', '/login', { form: ada, headers })).status).toBe(403);
    await app.stop();
  });
});
