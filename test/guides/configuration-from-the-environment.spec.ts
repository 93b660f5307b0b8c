import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { Guide, type GuideProcess } from './guide.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const PAGE = 'docs/guides/configuration-from-the-environment.md';
const OLD = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js0';
const NEW = 'q7Wm+Ty4/Rb9Kc2Lp6Xs1Vd8Hn5Gf3Jz0=';
const ada = { name: 'Ada', password: 'correct horse battery staple' };

let guide: Guide;
beforeEach(async () => {
  guide = await Guide.write(PAGE);
});
afterEach(() => guide?.remove());

type Env = Readonly<Record<string, string>>;
const start = async (env: Env = {}, port?: number): Promise<GuideProcess> =>
  (await guide.start('main.ts', env, port)).ready();
/** Another environment for the same application, at the same address. */
async function restart(app: GuideProcess, env: Env = {}): Promise<GuideProcess> {
  await app.stop();
  return start(env, app.port);
}
const signIn = async (client: HttpClient): Promise<{ until: number }> => {
  const response = await client.post('/login', ada);
  expect(response.status).toBe(200);
  return (await response.json()) as { until: number };
};
const statusOf = async (client: HttpClient): Promise<number> => (await client.get('/notes')).status;

describe('on a machine of one’s own', () => {
  it('runs with nothing set, and says what is not for production', async () => {
    const app = await start();
    expect(app.output).toContain('Development defaults: a random secret');
    const client = new HttpClient(app.url);
    expect(await statusOf(client)).toBe(401);
    expect((await client.post('/login', { ...ada, password: 'wrong' })).status).toBe(401);
    await signIn(client);
    expect(await statusOf(client)).toBe(200);
    await restart(app);
    expect(await statusOf(client)).toBe(401);
  });

  it('reads .env, and the environment before it', async () => {
    appendFileSync(join(guide.path, '.env'), `SESSION_SECRET=${NEW}\n`);
    const app = await start();
    const client = new HttpClient(app.url);
    const { until } = await signIn(client);
    expect(until - Date.now()).toBeGreaterThan(59 * 60_000);
    expect(until - Date.now()).toBeLessThanOrEqual(60 * 60_000);

    await restart(app, { SESSION_IDLE_TIMEOUT: '10m' });
    expect(await statusOf(client)).toBe(200);
    const { until: sooner } = await signIn(new HttpClient(app.url));
    expect(sooner - Date.now()).toBeGreaterThan(9 * 60_000);
    expect(sooner - Date.now()).toBeLessThanOrEqual(10 * 60_000);
  });
});

describe('a restart', () => {
  it('keeps people signed in, and their notes', async () => {
    const env = { SESSION_SECRET: OLD, DATA_DIR: './elsewhere' };
    const app = await start(env);
    const [client, stranger] = [new HttpClient(app.url), new HttpClient(app.url)];
    await signIn(client);
    expect(await (await client.post('/notes', { text: 'Buy tea' })).json()).toEqual({ notes: ['Buy tea'] });
    await stranger.post('/login', { name: 'Grace', password: 'a bug is a moth in a relay' });
    expect(await (await stranger.get('/notes')).json()).toEqual({ notes: [] });
    expect((await client.post('/notes', {})).status).toBe(400);

    await app.stop();
    const folder = join(guide.path, 'elsewhere');
    expect(readdirSync(folder).sort()).toEqual(['notes.db', 'sessions.db']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'sessions.db')).mode & 0o777).toBe(0o600);

    await start(env, app.port);
    expect(await (await client.get('/notes')).json()).toEqual({ notes: ['Buy tea'] });
    const copy = await client.clone();
    expect((await client.post('/logout')).status).toBe(204);
    expect(await statusOf(copy)).toBe(401);
  });
});

describe('another secret', () => {
  it('keeps people signed in, and the old one can go when they have come by', async () => {
    let app = await start({ SESSION_SECRET: OLD });
    const [client, sleeper] = [new HttpClient(app.url), new HttpClient(app.url)];
    await signIn(client);
    await signIn(sleeper);
    const before = await client.cookie();

    app = await restart(app, { SESSION_SECRETS: `${NEW}, ${OLD}` });
    expect(await statusOf(client)).toBe(200);
    expect(await client.cookie()).not.toBe(before);

    await restart(app, { SESSION_SECRET: NEW });
    expect(await statusOf(client)).toBe(200);
    expect(await statusOf(sleeper)).toBe(401);
  });
});

describe('production', () => {
  const production = { NODE_ENV: 'production', SESSION_SECRET: OLD };

  it('sends a Secure cookie, if the proxy in front is known', async () => {
    const app = await start({ ...production, TRUST_PROXY: '1' });
    const https = { 'x-forwarded-proto': 'https' };
    const response = await new HttpClient(app.url).post('/login', ada, https);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sid=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    await restart(app, production);
    const refused = await new HttpClient(app.url).post('/login', ada, https);
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([500, []]);
    expect(await refused.json()).not.toHaveProperty('user');
  });

  it.each([
    ['no secret', { SESSION_SECRET: '' }, /- secret: is required when NODE_ENV is production/],
    ['a short one', { SESSION_SECRET: 'hunter2-hunter2-hunter2-hunter2' }, /- secret\[0\]: has 31 characters/],
    ['a short old one', { SESSION_SECRETS: `${NEW},hunter2` }, /- secret\[1\]: has 7 characters/],
    [
      'a wrong absolute timeout',
      { SESSION_ABSOLUTE_TIMEOUT: '-8h' },
      /- absoluteTimeout: is "-8h" and must be a duration/,
    ],
  ])('does not start with %s, and says why, but no secret', async (_what, env, message) => {
    const app = await guide.start('main.ts', { ...production, ...env });
    expect(await app.ended).toBe(1);
    expect(app.output).toMatch(message);
    for (const secret of [OLD, NEW, 'hunter2']) expect(app.output).not.toContain(secret);
  });

  it('lists everything at once, as the page shows it', async () => {
    const app = await guide.start('main.ts', { ...production, SESSION_SECRET: 'hunter', SESSION_IDLE_TIMEOUT: 'soon' });
    expect(await app.ended).toBe(1);
    const [, shown = 'nothing'] = /```text\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
    expect(app.output).toContain(shown.trim());
  });
});
