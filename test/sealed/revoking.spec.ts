import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redisRevocation } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { password, startSealedApp, WatchedRevocation, type SealedApp } from './sealed-app.js';

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const open: SealedApp[] = [];
const start: typeof startSealedApp = async (...args) => {
  const app = await startSealedApp(...args);
  open.push(app);
  return app;
};
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

const status = async (client: HttpClient, path = '/me') => (await client.get(path)).status;
const handleOf = async (client: HttpClient) =>
  ((await (await client.get('/me')).json()) as { info: { handle: string } }).info.handle;
/** The same cookies at another server. */
async function at(url: string, client: HttpClient): Promise<HttpClient> {
  const there = new HttpClient(url);
  await there.jar.setCookie(`sid=${await client.cookie()}; Path=/`, url);
  return there;
}

describe.each(platforms)('ending sealed sessions, %s', (platform) => {
  it('logs every copy out, in this process and in another one', async () => {
    const clock = new TestClock();
    const one = await start({ revocation: redisRevocation({ url: redis.url, clock }) }, { platform, clock });
    const two = await start({ revocation: redisRevocation({ url: redis.url, clock }) }, { platform, clock });
    const client = await one.login();
    const copies = [await client.clone(), await at(two.url, client)];
    for (const copy of copies) expect(await status(copy)).toBe(200);
    await client.post('/logout');
    for (const copy of copies) expect(await status(copy)).toBe(401);
    // For a minute it may be a late request of the browser itself.
    const told = expect.objectContaining({ name: 'invalid', reason: 'revoked', userId: 'u1' });
    expect(two.events).not.toContainEqual(told);
    clock.advance(60_000);
    for (const copy of copies) expect(await status(copy)).toBe(401);
    expect(two.events).toContainEqual(told);
  });

  it('ends a session by a seal that a rotation replaced long ago, and begins another one by no late request', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock });
    const [one, two] = [
      await start({ revocation }, { platform, clock }),
      await start({ revocation }, { platform, clock }),
    ];
    const client = await one.login();
    const old = await at(two.url, client);
    await client.post('/rotate');
    // A late request: it writes nothing, and takes no cookie away.
    expect((await old.post('/values', { late: true })).headers.getSetCookie()).toEqual([]);
    clock.advance(2 * 60_000);
    expect([await status(old), await status(client), await status(await at(two.url, client))]).toEqual([401, 200, 200]);
    expect(two.events).toContainEqual(expect.objectContaining({ name: 'reuse', userId: 'u1', by: 'asked' }));
    expect((await old.post('/logout')).status).toBe(204);
    expect([await status(client), await status(await at(two.url, client))]).toEqual([401, 401]);
  });

  it('lets no copy bring back a user whose roles were taken away', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock });
    const [one, two] = [
      await start({ revocation }, { platform, clock }),
      await start({ revocation }, { platform, clock }),
    ];
    const client = await one.login();
    const old = await at(two.url, client);
    await client.post('/login', { id: 'u1', roles: [] });
    expect([await status(old), await status(await at(two.url, client))]).toEqual([401, 200]);
  });

  it('ends one session by its handle, from anywhere, and says whether it was the first', async () => {
    const one = await start({ revocation: redisRevocation({ url: redis.url }) }, { platform });
    const two = await start({ revocation: redisRevocation({ url: redis.url }) }, { platform });
    const [client, other] = [await one.login(), await one.login()];
    const handle = await handleOf(client);
    expect(await two.registry.revoke(handle)).toBe(true);
    expect(await one.registry.revoke(handle)).toBe(false);
    expect([await status(client), await status(other)]).toEqual([401, 200]);
    expect(two.events.filter(({ name }) => name === 'revoked')).toEqual([{ name: 'revoked', handle }]);
  });

  it("ends all of a user's sessions, rotated ones too, and no others; a new login is not touched", async () => {
    const one = await start({ revocation: redisRevocation({ url: redis.url }) }, { platform });
    const two = await start({ revocation: redisRevocation({ url: redis.url }) }, { platform });
    const mine = [await one.login('u7'), await one.login('u7'), await two.login('u7')];
    const other = await one.login('u8');
    await mine[0]!.post('/rotate');
    await two.registry.revokeAll('u7');
    for (const client of mine) expect(await status(client)).toBe(401);
    expect(await status(other)).toBe(200);
    const again = await one.login('u7');
    expect([await status(again), await status(await at(two.url, again))]).toEqual([200, 200]);
    await one.registry.revokeAll('u7');
    expect([await status(again), await status(await at(two.url, again))]).toEqual([401, 401]);
    expect(two.events).toContainEqual({ name: 'revoked', userId: 'u7' });
  });

  it('lets no request under way bring back what was ended meanwhile', async () => {
    const app = await start({}, { platform });
    for (const end of [(handle: string) => app.registry.revoke(handle), () => app.registry.revokeAll('u1')]) {
      const client = await app.login();
      const handle = await handleOf(client);
      const slow = client.post('/values?wait=slow', { late: true });
      await app.turnstile.arrived('slow');
      await end(handle);
      app.turnstile.release('slow');
      expect((await slow).headers.getSetCookie()).toEqual([]);
      expect(await status(client)).toBe(401);
    }
    expect(app.events.filter(({ name }) => name === 'rejected')).toHaveLength(2);
  });
});

describe('what a request asks of the revocation store', () => {
  it('is one look-up when signed in, another one for what is written, and none without a session, in lazy mode, or with a forged cookie', async () => {
    const clock = new TestClock();
    const revocation = new WatchedRevocation(memoryRevocation({ clock }));
    const app = await start({ revocation }, { clock, lazy: true });
    const client = await app.login();
    const asked = async (run: () => Promise<unknown>) => {
      revocation.asked = 0;
      await run();
      return revocation.asked;
    };
    expect(await asked(() => status(client))).toBe(1);
    expect(await asked(() => client.post('/push?n=a'))).toBe(2);
    expect(await asked(() => status(client, '/anonymous'))).toBe(0);
    expect(await asked(() => status(client, '/health/live'))).toBe(0);
    expect(await asked(() => status(app.client()))).toBe(0);
    expect(await asked(() => app.client().get('/me', { cookie: 'sid=Fe26.2*1*forged' }))).toBe(0);
  });

  it('is none for as long as answers may be old, and an end elsewhere is seen after that', async () => {
    const clock = new TestClock();
    const shared = memoryRevocation({ clock });
    const revocation = new WatchedRevocation(shared, 10_000);
    const one = await start({ revocation }, { clock });
    const two = await start({ revocation: new WatchedRevocation(shared) }, { clock });
    const client = await one.login();
    await status(client);
    revocation.asked = 0;
    for (let i = 0; i < 10; i++) expect(await status(client)).toBe(200);
    expect(revocation.asked).toBe(0);
    await two.registry.revokeAll('u1');
    clock.advance(9_999);
    expect(await status(client)).toBe(200);
    clock.advance(1);
    expect(await status(client)).toBe(401);
  });

  it('does not wait for old answers where this process ends the session', async () => {
    const clock = new TestClock();
    const app = await start({ revocation: new WatchedRevocation(memoryRevocation({ clock }), 60_000) }, { clock });
    for (const end of [(client: HttpClient) => client.post('/logout'), () => app.registry.revokeAll('u1')]) {
      const client = await app.login();
      const copy = await client.clone();
      expect(await status(copy)).toBe(200);
      await end(client);
      expect(await status(copy)).toBe(401);
    }
  });

  it('is answered 503 when it is out of order, or by an anonymous session where the options say so', async () => {
    const revocation = new WatchedRevocation(memoryRevocation());
    const app = await start({ revocation });
    const client = await app.login();
    revocation.down = true;
    expect([await status(client), await status(app.client())]).toEqual([503, 401]);
    const logout = await client.post('/logout');
    expect([logout.status, logout.headers.getSetCookie()]).toEqual([503, []]);
    revocation.down = false;
    expect(await status(client)).toBe(200);
    expect(app.events).toContainEqual(expect.objectContaining({ name: 'storeError', operation: 'revocation' }));

    const lenient = await start({ revocation }, { onStoreError: 'anonymous' });
    const visitor = await lenient.login();
    revocation.down = true;
    expect(await status(visitor)).toBe(401);
    expect((await visitor.get('/values')).status).toBe(200);
  });
});

describe("revocation: 'none'", () => {
  it('takes the cookie out of the browser, ends copies in this process only, and says so at start', async () => {
    const one = await start({ revocation: 'none' });
    const two = await start({ revocation: 'none' });
    const client = await one.login();
    const copies = [await client.clone(), await at(two.url, client)] as const;
    await client.post('/logout');
    expect(await client.cookie()).toBeUndefined();
    expect([await status(copies[0]), await status(copies[1])]).toEqual([401, 200]);
    expect(sealedCookie({ password, revocation: 'none' }).limitations).toEqual([
      expect.stringMatching(/logout clears the cookie in the browser, and a copy of it stays valid/),
    ]);
  });
});
