import { describe, expect, it } from 'vitest';
import expressSession from 'express-session';
import { connectStore, memoryStore, SessionConfigError, type SessionModuleOptions } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import { sealedCookie } from 'nest-session/sealed';
import { sqliteStore } from 'nest-session/sqlite';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { aboutTime } from '../support/routes/timeout.routes.js';
import { startTestApp } from '../support/test-app.js';
import { at, cookies, json, kinds, status, useRotationWorld } from './rotation-world.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const world = useRotationWorld();

describe('requests under way when the secret is replaced by age', () => {
  it('keep what they write, when the session is in a store, and send the same new cookie', async () => {
    world.clock = new TestClock();
    const apps = [await world.start('server'), await world.start('server', { cookie: { maxAge: '30m' } })];
    for (const app of apps) {
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const slow = await client.clone();
      const writing = slow.post('/write?wait=slow', { slow: 'kept' });
      await app.turnstile.arrived('slow');
      expect(cookies(await client.post('/write', { quick: 'kept' }))).toHaveLength(1);
      app.turnstile.release('slow');
      expect((await writing).status).toBe(200);
      expect(await slow.cookie()).toBe(await client.cookie());
      expect(await json(client.get('/read'))).toMatchObject({ user: { id: 'u1' }, slow: 'kept', quick: 'kept' });
    }
  });

  it('lose nothing of what they write together, in two processes', async () => {
    for (let round = 0; round < 5; round++) {
      world.clock = new TestClock();
      const apps = [await world.start('server'), await world.start('server')];
      const client = await apps[0]!.login();
      world.clock.advance(21 * MINUTE);
      const crowd = await Promise.all(Array.from({ length: 12 }, (_, i) => at(apps[i % 2]!, client)));
      const writes = crowd.map((one, i) => one.post(`/write?wait=w${i}`, { [`key${i}`]: i }));
      for (let i = 0; i < 12; i++) await apps[i % 2]!.turnstile.arrived(`w${i}`);
      for (let i = 0; i < 12; i++) apps[i % 2]!.turnstile.release(`w${i}`);
      const answers = await Promise.all(writes);
      expect(answers.map((one) => one.status)).toEqual(Array(12).fill(200));
      const [fresh, ...others] = new Set(answers.flatMap(cookies));
      expect(others).toEqual([]);
      const after = new HttpClient(apps[0]!.url);
      await after.jar.setCookie(fresh ?? '', apps[0]!.url);
      const values = await json(after.get('/read'));
      for (let i = 0; i < 12; i++) expect(values).toHaveProperty(`key${i}`, i);
    }
  });

  it('are given a cookie that is good, when the session is in its cookie: the last one that arrives counts', async () => {
    world.clock = new TestClock();
    const apps = [await world.start('sealed'), await world.start('sealed')];
    for (const app of apps) {
      const client = await apps[0]!.login();
      world.clock.advance(21 * MINUTE);
      const slow = await at(app, client);
      const writing = slow.post('/write?wait=slow', { note: 'kept' });
      await app.turnstile.arrived('slow');
      expect(cookies(await client.get('/read'))).toHaveLength(1);
      app.turnstile.release('slow');
      const answer = await writing;
      expect([answer.status, cookies(answer).length]).toEqual([200, 1]);
      for (const one of [client, slow]) expect(await status(one)).toBe(200);
      expect(await json(slow.get('/read'))).toHaveProperty('note', 'kept');
    }
  });

  it('keep what they write where a copy in the browser was read in place of the store', async () => {
    world.clock = new TestClock();
    const apps = [await world.start('server', { cache: '1m' }), await world.start('server', { cache: '1m' })];
    const client = await apps[0]!.login();
    world.clock.advance(20 * MINUTE - 5 * SECOND);
    // Gets a copy of a session whose secret is not due yet.
    await client.get('/read');
    world.clock.advance(6 * SECOND);
    const old = await client.clone();
    const elsewhere = new HttpClient(apps[1]!.url);
    for (const { key, value } of await old.jar.getCookies(apps[0]!.url))
      await elsewhere.jar.setCookie(`${key}=${value}; Path=/`, apps[1]!.url);
    expect(cookies(await client.get('/read'))).toHaveLength(1);
    expect((await elsewhere.post('/write', { note: 'late' })).status).toBe(200);
    expect(await elsewhere.cookie()).toBe(await client.cookie());
    expect(await status(client)).toBe(200);
    // This process knows of no later version, so its copy is believed for as long as it is good.
    world.clock.advance(MINUTE);
    expect(await json(client.get('/read'))).toHaveProperty('note', 'late');
  });

  it('end the session when they log out, whatever its secret is by then', async () => {
    for (const kind of kinds) {
      world.clock = new TestClock();
      const [one, two] = [await world.start(kind), await world.start(kind)];
      const client = await one.login();
      world.clock.advance(21 * MINUTE);
      const slow = await at(two, client);
      const reading = slow.get('/read?wait=slow');
      await two.turnstile.arrived('slow');
      const old = await client.clone();
      await client.get('/read');
      two.turnstile.release('slow');
      expect((await reading).status).toBe(200);
      await old.post('/logout');
      expect(await status(client)).toBe(401);
    }
  });
});

describe('a renewal on every store', () => {
  const stores: Record<string, () => SessionStore> = {
    memory: () => memoryStore({ clock: world.clock }),
    SQLite: () => sqliteStore({ path: ':memory:', clock: world.clock }),
    "express-session's own": () => connectStore(new expressSession.MemoryStore()),
  };

  it.each(Object.entries(stores))(
    '%s: takes what is under way and what comes in the grace along, and ends',
    async (_name, make) => {
      world.clock = new TestClock();
      const app = world.keep(
        await startTestApp('express', { store: make(), clock: world.clock, rotateAfter: '20m' }, aboutTime),
      );
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const [old, late, stale] = [await client.clone(), await client.clone(), await client.clone()];
      const slow = old.post('/write?wait=slow', { slow: 'kept' });
      await app.turnstile.arrived('slow');
      expect(cookies(await client.get('/read'))).toHaveLength(1);
      app.turnstile.release('slow');
      expect((await slow).status).toBe(200);
      expect((await late.post('/write', { note: 'late' })).status).toBe(200);
      for (const one of [old, late]) expect(await one.cookie()).toBe(await client.cookie());
      world.clock.advance(10 * SECOND);
      expect(await status(stale)).toBe(401);
      expect(await json(client.get('/read'))).toMatchObject({ slow: 'kept', note: 'late', user: { id: 'u1' } });
      await client.post('/logout');
      expect([await status(old), await status(client)]).toEqual([401, 401]);
    },
  );
});

/** Fails when a test says so. */
class Hindered implements SessionStore {
  failing: keyof SessionStore | undefined;
  constructor(private readonly inner: SessionStore) {}
  read = (key: string) => this.inner.read(key);
  create = (...args: Parameters<SessionStore['create']>) => this.inner.create(...args);
  save = (...args: Parameters<SessionStore['save']>) => this.when('save', () => this.inner.save(...args));
  renew = (...args: Parameters<SessionStore['renew']>) => this.inner.renew(...args);
  delete = (key: string) => this.inner.delete(key);
  private when<T>(name: keyof SessionStore, call: () => Promise<T>): Promise<T> {
    return this.failing === name ? Promise.reject(new Error('out of order')) : call();
  }
}

describe('a renewal that fails', () => {
  it('leaves the session as it was, and the response too', async () => {
    world.clock = new TestClock();
    const inner = memoryStore({ clock: world.clock });
    const store = new Hindered(inner);
    const app = await startTestApp('express', { store, clock: world.clock, rotateAfter: '20m' }, aboutTime);
    world.keep(app);
    const client = await app.login();
    world.clock.advance(21 * MINUTE);
    store.failing = 'save';
    const answer = await client.get('/read');
    expect([answer.status, cookies(answer)]).toEqual([200, []]);
    store.failing = undefined;
    expect(await status(client)).toBe(200);
    expect(cookies(await client.get('/read'))).toHaveLength(1);
    expect(await status(client)).toBe(200);
    inner.sweep();
    expect(inner.size).toBe(1);
    world.clock.advance(HOUR);
    inner.sweep();
    expect(inner.size).toBe(0);
  });
});

describe('what is refused at start', () => {
  const problems = async (options: SessionModuleOptions): Promise<string> => {
    const error = await startTestApp('express', options, aboutTime).then(
      (app) => app.close().then(() => undefined),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SessionConfigError);
    return (error as SessionConfigError).message;
  };

  it('is a renewal that never happens, comes too often, or ends nothing', async () => {
    expect(await problems({ rotateAfter: '8h' })).toMatch(/rotateAfter.*never happens/);
    expect(await problems({ rotateAfter: '30s' })).toMatch(/rotateAfter.*shorter than a minute/);
    expect(await problems({ rotationGrace: '2m' })).toMatch(/rotationGrace.*longer than a minute/);
    const store = sealedCookie({ password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp', revocation: 'none' });
    expect(await problems({ store, rotateAfter: '1h' })).toMatch(/rotateAfter.*needs a revocation store/);
  });
});
