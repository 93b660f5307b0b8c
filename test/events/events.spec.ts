import { memoryStore } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import type { RecordedEvent } from '../support/record-events.js';
import { startRedis, type RedisServer, until } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE = 60_000;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const FIREFOX_NEXT = FIREFOX.replaceAll('140.0', '141.0');
const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36';

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

let clock: TestClock;
let session: TestApp;
/** What was told, but for new devices, which come whenever the store was asked for them. */
const told = () => session.events.filter(({ name }) => name !== 'newDevice');
const only = (name: RecordedEvent['name']) => session.events.filter((event) => event.name === name);
const handleOf = (name: RecordedEvent['name']): string | undefined => {
  const [event] = only(name);
  return event && 'handle' in event ? event.handle : undefined;
};

describe.each([
  ['memory', () => memoryStore({ clock })],
  ['SQLite', () => sqliteStore({ path: ':memory:', clock })],
  ['Redis', () => redisStore({ url: redis.url, prefix: `${Math.random()}:` })],
])('events over %s', (_name, open) => {
  let store: ReturnType<typeof open>;
  beforeEach(async () => {
    clock = new TestClock();
    store = open();
    session = await startTestApp('express', { store, clock });
  });
  afterEach(() => session.close());

  it('tell what a visitor does, each once, in order', async () => {
    const client = session.client();
    await client.post('/values', { cart: 1 });
    expect(told()).toEqual([{ name: 'created', handle: expect.any(String), reason: 'anonymous' }]);
    const anonymous = handleOf('created');
    session.events.length = 0;

    await client.post('/login', { id: 'u1' });
    const handle = handleOf('login');
    expect(handle).not.toBe(anonymous);
    expect(told()).toEqual([
      { name: 'destroyed', handle: anonymous, reason: 'replaced' },
      { name: 'created', handle, userId: 'u1', reason: 'login' },
      { name: 'login', handle, userId: 'u1' },
    ]);
    session.events.length = 0;

    await client.get('/me');
    await client.get('/anonymous');
    expect(told()).toEqual([]);

    await client.post('/rotate');
    expect(told()).toEqual([{ name: 'rotated', handle, userId: 'u1', reason: 'requested' }]);
    session.events.length = 0;

    await client.post('/login', { id: 'u1' });
    expect(told()).toEqual([
      { name: 'rotated', handle, userId: 'u1', reason: 'login' },
      { name: 'login', handle, userId: 'u1' },
    ]);
    session.events.length = 0;
    await client.post('/logout');
    await client.post('/logout');
    expect(told()).toEqual([{ name: 'logout', handle, userId: 'u1' }]);
  });

  it('tell that the session of another user is over, where a login replaces it', async () => {
    const client = await session.login('u1');
    const before = handleOf('login');
    session.events.length = 0;
    await client.post('/login', { id: 'u2' });
    const handle = handleOf('login');
    expect(told()).toEqual([
      { name: 'destroyed', handle: before, userId: 'u1', reason: 'replaced' },
      { name: 'created', handle, userId: 'u2', reason: 'login' },
      { name: 'login', handle, userId: 'u2' },
    ]);
  });

  it('tell of a login without a session before', async () => {
    const client = session.client();
    await client.post('/login', { id: 'u1' });
    const handle = handleOf('login');
    expect(told()).toEqual([
      { name: 'created', handle, userId: 'u1', reason: 'login' },
      { name: 'login', handle, userId: 'u1' },
    ]);
  });

  it('tell that a token came back that was replaced long ago, once, and of no late request', async () => {
    const client = await session.login();
    const copy = await client.clone();
    const handle = handleOf('login');
    await client.post('/rotate');
    session.events.splice(0);
    expect((await copy.get('/me')).status).toBe(401);
    clock.advance(MINUTE - 1);
    expect((await copy.get('/me')).status).toBe(401);
    expect(told()).toEqual([]);
    clock.advance(1);
    const again = await copy.clone();
    expect([(await copy.get('/me')).status, (await again.get('/me')).status]).toEqual([401, 401]);
    expect(told()).toEqual([{ name: 'reuse', handle, userId: 'u1', by: 'asked', age: MINUTE }]);
    // By default it is told, and nothing else.
    expect((await client.get('/me')).status).toBe(200);
  });

  it('tell once that a session is over, however it is found, and of a cookie that is forged', async () => {
    const client = await session.login();
    const copies = await Promise.all(Array.from({ length: 5 }, () => client.clone()));
    session.events.length = 0;
    clock.advance(30 * MINUTE);
    const found = await Promise.all(copies.map(async (copy) => (await copy.get('/me')).status));
    expect(found).toEqual([401, 401, 401, 401, 401]);
    expect((await client.get('/me')).status).toBe(401);
    if ('sweep' in store) store.sweep();
    // Nobody waits for the one that deletes it.
    await until('it is told', async () => told().length > 0);
    expect(told()).toEqual([{ name: 'expired', handle: expect.any(String), userId: 'u1', reason: 'idle' }]);
    session.events.length = 0;
    const forged = `sid=s2%3A${'n'.repeat(22)}.0.${'A'.repeat(43)}.${'B'.repeat(43)}`;
    expect((await session.client().get('/me', { cookie: forged })).status).toBe(401);
    expect(told()).toEqual([{ name: 'invalid', reason: 'signature' }]);
  });

  it('tell of a device that is new among the user’s sessions, by its kind and not by its version', async () => {
    const from = async (userAgent: string, id = 'u1') => {
      session.events.length = 0;
      const client = new HttpClient(session.url);
      await client.post('/login', { id }, { 'user-agent': userAgent });
      return { handle: handleOf('login'), heard: () => only('newDevice') };
    };
    const first = await from(FIREFOX);
    await expect.poll(first.heard).toEqual([
      {
        name: 'newDevice',
        handle: first.handle,
        userId: 'u1',
        device: expect.stringContaining('Firefox'),
        deviceId: expect.stringMatching(/^[\w-]{22}$/),
        others: 0,
      },
    ]);
    const same = await from(FIREFOX_NEXT);
    const other = await from(CHROME);
    // The event of the third login is told after that of the second one would have been.
    await expect
      .poll(other.heard)
      .toEqual([
        expect.objectContaining({ handle: other.handle, device: expect.stringContaining('Chrome'), others: 2 }),
      ]);
    expect(same.handle).not.toBe(other.handle);
    const stranger = await from(CHROME, 'u2');
    await expect.poll(stranger.heard).toEqual([expect.objectContaining({ userId: 'u2', others: 0 })]);
  });
});
