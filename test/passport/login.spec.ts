import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionDevicesModule } from 'nest-session/devices';
import { memoryStore, type SessionModuleOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import type { HttpClient } from '../support/http-client.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import type { TestApp } from '../support/test-app.js';
import { accounts, isJohn, isMaria, john, json, maria, nobody, signIn, startPassportApp } from './passport-app.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const stores = {
  memory: () => memoryStore(),
  redis: () => redisStore({ url: redis.url, prefix: `${crypto.randomUUID()}:` }),
  sealed: () =>
    sealedCookie({ cookieName: 'sid', password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp', revocation: memoryRevocation() }),
};

const who = (browser: HttpClient): Promise<unknown> => json(browser.get('/auth/who'));

describe.each(Object.entries(stores))('what Passport signs in, on %s,', (_name, storeOf) => {
  let app: TestApp;
  let version: number;
  const options = (): SessionModuleOptions => ({ store: storeOf(), authVersion: () => version });

  beforeEach(async () => {
    version = 1;
    app = await startPassportApp(options());
  });
  afterEach(() => app.close());

  const named = (name: string) => app.events.filter((event) => event.name === name);

  it('is a login: guards let it in, @CurrentUser() has it, and the event tells of it', async () => {
    const browser = app.client();
    expect((await browser.get('/auth/me')).status).toBe(401);
    expect(await who(browser)).toEqual(nobody);
    expect(await json(browser.post('/auth/login', john))).toEqual({ userId: 1, username: 'john', roles: ['editor'] });
    expect(await json(browser.get('/auth/me'))).toEqual({ id: 1, roles: ['editor'] });
    expect(await who(browser)).toEqual(isJohn);
    expect(named('login')).toEqual([expect.objectContaining({ userId: 1 })]);
  });

  it('is none with a wrong password', async () => {
    const browser = app.client();
    expect((await browser.post('/auth/login', { ...john, password: 'wrong' })).status).toBe(401);
    expect(await who(browser)).toEqual(nobody);
    expect(named('login')).toEqual([]);
  });

  it('begins with another cookie, and the one of before opens nothing', async () => {
    const browser = app.client();
    await browser.post('/auth/values', { cart: ['apple'] });
    const planted = await browser.clone();
    await signIn(app, john, browser);
    expect(await browser.cookie()).not.toBe(await planted.cookie());
    expect(await who(planted)).toEqual(nobody);
    expect(await app.within(browser, ({ current }) => 'cart' in current)).toBe(false);
    expect(await who(browser)).toEqual(isJohn);
  });

  it('gives the same user another cookie, and takes the one of before out of use', async () => {
    const browser = await signIn(app);
    const before = await browser.clone();
    await signIn(app, john, browser);
    expect(await who(before)).toEqual(nobody);
    expect(await who(browser)).toEqual(isJohn);
  });

  it('takes the place of the user who was signed in, and leaves nothing of the session', async () => {
    const browser = await signIn(app);
    await browser.post('/auth/values', { note: 'of john' });
    const before = await browser.clone();
    await signIn(app, maria, browser);
    expect(await who(browser)).toEqual(isMaria);
    expect(await who(before)).toEqual(nobody);
    expect(await app.within(browser, ({ current }) => 'note' in current)).toBe(false);
  });

  it('is signed out by req.logout(): told as a logout, and no cookie of it opens anything', async () => {
    const browser = await signIn(app);
    const thief = await browser.clone();
    expect((await browser.post('/auth/logout')).status).toBe(204);
    expect(await who(browser)).toEqual(nobody);
    expect(await who(thief)).toEqual(nobody);
    expect((await thief.get('/auth/me')).status).toBe(401);
    expect(named('logout')).toEqual([expect.objectContaining({ userId: 1 })]);
    expect(await browser.cookie()).toBeUndefined();
  });

  it('is over for Passport as well when SessionService ends it', async () => {
    const browser = await signIn(app);
    await app.within(browser, (sessions) => sessions.logout());
    expect(await who(browser)).toEqual(nobody);
  });

  it('is over with another authVersion', async () => {
    const browser = await signIn(app);
    version = 2;
    expect(await who(browser)).toEqual(nobody);
    expect((await browser.get('/auth/me')).status).toBe(401);
    expect(await who(await signIn(app))).toEqual(isJohn);
  });

  it('is over when deserializeUser() knows the user no more', async () => {
    const browser = await signIn(app);
    const other = await browser.clone();
    accounts.delete(1);
    expect(await who(browser)).toEqual(nobody);
    expect((await other.get('/auth/me')).status).toBe(401);
    expect(named('logout')).toEqual([expect.objectContaining({ userId: 1 })]);
  });

  it('is the user of the session for Passport too, where SessionService logs in', async () => {
    const browser = app.client();
    await app.within(browser, (sessions) => sessions.login({ id: 2 }));
    expect(await who(browser)).toEqual(isMaria);
  });

  it('is for Passport the user that an administrator acts as, and then the administrator again', async () => {
    const browser = await signIn(app, maria);
    await app.within(browser, (sessions) => sessions.impersonate({ id: 1 }));
    expect(await who(browser)).toEqual(isJohn);
    await app.within(browser, (sessions) => sessions.stopImpersonating());
    expect(await who(browser)).toEqual(isMaria);
  });

  it('is none for Passport either while a second factor is missing', async () => {
    const browser = await signIn(app);
    await app.within(browser, (sessions) => sessions.beginLogin({ id: 2 }));
    expect(await who(browser)).toEqual(nobody);
    await app.within(browser, (sessions) => sessions.completeLogin());
    expect(await who(browser)).toEqual(isMaria);
  });
});

// Sealed cookies have no list.
describe.each(['memory', 'redis'] as const)('what Passport signs in, listed on %s,', (name) => {
  it('is in the list of devices, and ends when it is revoked', async () => {
    const devices = SessionDevicesModule.forRoot({ recentLogin: false });
    const app = await startPassportApp({ store: stores[name]() }, { imports: [devices] });
    const [desk, phone] = [await signIn(app), await signIn(app)];
    const list = (await json(desk.get('/sessions'))) as { sessions: { handle: string; current: boolean }[] };
    expect(list.sessions).toHaveLength(2);
    const { handle } = list.sessions.find(({ current }) => !current) ?? {};
    expect((await desk.delete(`/sessions/${handle}`)).status).toBe(204);
    expect(await who(phone)).toEqual(nobody);
    expect(await who(desk)).toEqual(isJohn);
    await app.registry.revokeAll(1);
    expect(await who(desk)).toEqual(nobody);
    await app.close();
  });
});
