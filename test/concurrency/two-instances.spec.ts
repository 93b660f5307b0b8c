import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionModuleOptions } from 'nest-session';
import { redisRevocation, redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie, type SealedCookieOptions } from 'nest-session/sealed';
import { HttpClient } from '../support/http-client.js';
import type { Platform } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { aboutStepUp } from '../support/routes/step-up.routes.js';
import { stateOf, statusOf } from '../support/step-up-state.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const seal = (revocation: SealedCookieOptions['revocation']) =>
  sealedCookie({ password, cookieName: 'sid', revocation });

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const start = (platform: Platform, store: SessionModuleOptions['store']) =>
  startTestApp(platform, { store }, aboutStepUp());

/** The same browser at another instance: hosts share cookies over ports. */
async function at(app: TestApp, browser: HttpClient): Promise<HttpClient> {
  const other = new HttpClient(app.url);
  for (const cookie of await browser.jar.getCookies(browser.baseUrl)) await other.jar.setCookie(cookie, app.url);
  return other;
}

const take = async (client: HttpClient, value: string) =>
  ((await (await client.post('/once/take', { key: 'oauth', value })).json()) as { taken: object | null }).taken;

const issue = async (client: HttpClient) =>
  ((await (await client.post('/once', { key: 'oauth' })).json()) as { value: string }).value;

describe.each([
  ['Redis', () => redisStore({ url: redis.url })],
  ['sealed cookies with revocation in Redis', () => seal(redisRevocation({ url: redis.url }))],
])('two instances on %s', (_name, store) => {
  let apps: [TestApp, TestApp];
  beforeEach(async () => {
    apps = [await start('express', store()), await start('fastify', store())];
  });
  afterEach(() => Promise.all(apps.map((app) => app.close())));

  it('give a single-use value to one of many requests between them', async () => {
    for (let round = 0; round < 5; round++) {
      const client = apps[0].client();
      const value = await issue(client);
      const browsers = await Promise.all(Array.from({ length: 12 }, (_, n) => at(apps[n % 2]!, client)));
      const taken = await Promise.all(browsers.map((browser) => take(browser, value)));
      expect(taken.filter((it) => it !== null)).toHaveLength(1);
    }
  });

  it('complete a login once between them', async () => {
    for (let round = 0; round < 5; round++) {
      const client = apps[0].client();
      await client.post('/begin', { id: 'u1' });
      const browsers = await Promise.all(Array.from({ length: 8 }, (_, n) => at(apps[n % 2]!, client)));
      const statuses = await Promise.all(browsers.map((browser) => statusOf(browser.post('/complete'))));
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      const inside = await Promise.all(browsers.map((browser) => statusOf(browser.get('/me'))));
      expect(inside.filter((status) => status === 200)).toHaveLength(1);
    }
  });

  it('know of each other’s steps, and of a logout at the identity provider', async () => {
    const client = await apps[0].login('admin');
    const old = await at(apps[1], client);
    await client.post('/impersonate', { id: 'customer' });
    expect(await statusOf(old.get('/me'))).toBe(401);
    const there = await at(apps[1], client);
    expect((await stateOf(there)).actor?.user.id).toBe('admin');
    await apps[1].registry.revokeAll('admin');
    expect(await statusOf(client.get('/me'))).toBe(401);
    const tied = apps[0].client();
    await tied.post('/idp', { login: 'u1', issuer: 'https://idp', sid: 's1', sub: 'x' });
    expect(await statusOf(tied.get('/me'))).toBe(200);
    await apps[1].registry.revokeByIdp({ issuer: 'https://idp', sub: 'x' });
    expect(await statusOf(tied.get('/me'))).toBe(401);
  });
});

describe('sealed cookies that nothing revokes', () => {
  it('bring a single-use value back, once to each process that does not know of it', async () => {
    const [one, other] = [await start('express', seal('none')), await start('express', seal('none'))];
    const client = one.client();
    const value = await issue(client);
    const [same, elsewhere] = [await at(one, client), await at(other, client)];
    expect(await take(client, value)).not.toBeNull();
    expect(await take(same, value)).toBeNull();
    expect(await take(elsewhere, value)).not.toBeNull();
    await Promise.all([one.close(), other.close()]);
  });

  it('are what the memory of one process covers, and no more', async () => {
    const [one, other] = [
      await start('express', seal(memoryRevocation())),
      await start('express', seal(memoryRevocation())),
    ];
    const client = await one.login();
    const elsewhere = await at(other, client);
    await client.post('/reauthenticate');
    expect(await statusOf(elsewhere.get('/me'))).toBe(200);
    await Promise.all([one.close(), other.close()]);
  });
});
