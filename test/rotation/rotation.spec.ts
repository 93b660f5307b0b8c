import { describe, expect, it } from 'vitest';
import type { SessionModuleOptions } from 'nest-session';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { RawClient } from '../support/raw-client.js';
import { cells } from '../support/scope.js';
import { at, cookies, json, kinds, status, useRotationWorld } from './rotation-world.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const world = useRotationWorld();

describe.each(cells(kinds, platforms).map(([kind, platform]) => ({ kind, platform })))(
  'a secret that is old enough, $kind, $platform',
  ({ kind, platform }) => {
    it('is replaced with the next response, which keeps everything, and is over after the grace', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform });
      const other = await world.start(kind, { platform });
      const client = await app.login();
      await client.post('/write', { note: 'kept' });
      const { info: before } = (await json(client.get('/read'))) as { info: Record<string, unknown> };
      world.clock.advance(19 * MINUTE);
      const young = await client.clone();
      await client.get('/read');
      expect(await status(young)).toBe(200);

      world.clock.advance(2 * MINUTE);
      const old = await client.clone();
      const response = await client.get('/read');
      expect(response.status).toBe(200);
      expect(cookies(response)).toHaveLength(1);
      const { info, note } = (await json(client.get('/read'))) as { info: Record<string, unknown>; note: string };
      expect(note).toBe('kept');
      expect(info).toMatchObject({ createdAt: before['createdAt'], authenticatedAt: before['authenticatedAt'] });
      expect(info['handle']).toBe(before['handle']);
      expect(app.events.filter(({ name }) => name === 'rotated')).toEqual([
        { name: 'rotated', handle: info['handle'], userId: 'u1', reason: 'age' },
      ]);

      // In the grace: here and in another process.
      const late = [await old.clone(), await at(other, old)];
      const stale = [await old.clone(), await at(other, old)];
      for (const one of late) {
        world.clock.advance(4 * SECOND);
        const read = await one.get('/read');
        expect(read.status).toBe(200);
        expect(await read.json()).toMatchObject({ user: { id: 'u1' }, note: 'kept' });
        // It is given the secret of today, which is one and the same for a session in a store.
        expect(cookies(read)).toHaveLength(1);
        expect((await one.cookie()) === (await client.cookie())).toBe(kind === 'server');
      }
      world.clock.advance(2 * SECOND + 1);
      for (const one of stale) expect(await status(one)).toBe(401);
      world.clock.advance(MINUTE);
      for (const one of stale) expect(await status(one)).toBe(401);
      for (const one of late) expect(await status(one)).toBe(200);
      expect(await status(client)).toBe(200);
      expect(await status(await at(other, client))).toBe(200);
    });

    it('makes a full request in the grace: what it writes is kept, and it goes on with the secret of today', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform });
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const [old, another, last] = [await client.clone(), await client.clone(), await client.clone()];
      await client.get('/read');
      app.events.length = 0;
      for (const [one, path] of [
        [old, '/write'],
        [another, '/save'],
      ] as const) {
        const written = await one.post(path, { note: 'late' });
        expect([path, written.status, cookies(written).length]).toEqual([path, 200, 1]);
        expect(await json(one.get('/read'))).toHaveProperty(path === '/write' ? 'note' : 'saved');
      }
      expect((await json(client.get('/read')))['note']).toBe(kind === 'server' ? 'late' : undefined);
      expect(app.events.filter(({ name }) => name === 'rejected')).toEqual([]);
      // All secrets of a name are of one login: each of them may end it.
      expect((await last.post('/logout')).status).toBe(204);
      for (const one of [client, old, another]) expect(await status(one)).toBe(401);
    });

    it('dies at once with a grace of 0', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform, rotationGrace: 0 });
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const old = await client.clone();
      await client.get('/read');
      expect(await status(old)).toBe(401);
      expect(await status(client)).toBe(200);
    });

    it('dies at once after login, a change of rights and logout, whatever the grace', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform, rotationGrace: '1m' });
      const other = await world.start(kind, { platform, rotationGrace: '1m' });
      const ends: ((client: HttpClient) => Promise<Response>)[] = [
        (client) => client.post('/login', { user: { id: 'u1' } }),
        (client) => client.post('/rotate'),
        (client) => client.post('/logout'),
      ];
      for (const end of ends) {
        const client = await app.login();
        const old = await client.clone();
        await end(client);
        expect(await status(old)).toBe(401);
        expect(await status(await at(other, old))).toBe(401);
      }
      // Also right after a renewal by age.
      for (const end of ends) {
        const client = await app.login();
        world.clock.advance(21 * MINUTE);
        const old = await client.clone();
        await client.get('/read');
        expect(await status(old)).toBe(200);
        await end(client);
        expect(await status(old)).toBe(401);
        expect(await status(await at(other, old))).toBe(401);
      }
    });

    // A sealed cookie is one that the browser keeps already.
    const kept: SessionModuleOptions = kind === 'server' ? { cookie: { maxAge: '30m' } } : {};
    it.each([
      { how: 'as ever', options: {} },
      { how: 'with a cookie in every response', options: { ...kept, rolling: true } },
      { how: 'with a cookie that the browser keeps', options: kept },
    ])('is renewed once by requests that come together, from any process, $how', async ({ options }) => {
      world.clock = new TestClock();
      const apps = [
        await world.start(kind, { platform, ...options }),
        await world.start(kind, { platform, ...options }),
      ];
      const client = await apps[0]!.login();
      await client.post('/write', { note: 'kept' });
      world.clock.advance(21 * MINUTE);
      const crowd = await Promise.all(Array.from({ length: 10 }, (_, i) => at(apps[i % 2]!, client)));
      const before = await client.cookie();
      const answers = await Promise.all(crowd.map((one) => one.get('/read')));
      expect(answers.map((one) => one.status)).toEqual(Array(10).fill(200));
      for (const answer of answers) expect(await answer.json()).toMatchObject({ note: 'kept' });
      expect(apps.flatMap((app) => app.events).filter(({ name }) => name === 'rotated')).toHaveLength(1);
      // In whatever order they arrive, the browser ends with a cookie that is good.
      const given = answers.flatMap(cookies);
      expect(given.filter((line) => line.startsWith(`sid=${before};`))).toEqual([]);
      expect(given.length).toBeGreaterThan(0);
      const unlike = new Set(given.map((line) => line.split(';')[0])).size;
      expect(unlike).toBe(kind === 'server' ? 1 : given.length);
      for (const one of crowd) expect(await status(one)).toBe(200);
    });

    it('is not renewed where the browser cannot be told, or the request does not count', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform });
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const polled = await client.get('/poll');
      expect([polled.status, cookies(polled)]).toEqual([200, []]);
      expect(app.events.filter(({ name }) => name === 'rotated')).toEqual([]);
      expect(cookies(await client.get('/read'))).toHaveLength(1);
    });

    it('is renewed before a streamed response begins, which then goes on as ever', async () => {
      world.clock = new TestClock();
      const app = await world.start(kind, { platform });
      const client = await app.login();
      world.clock.advance(21 * MINUTE);
      const raw = new RawClient(app.url);
      raw.request('GET', '/stream', { Cookie: `sid=${await client.cookie()}`, Connection: 'close' });
      await raw.until(/first;/);
      const fresh = /set-cookie: sid=([^;]+)/i.exec(raw.received)?.[1];
      expect(fresh).toBeDefined();
      // Long after the grace.
      world.clock.advance(5 * MINUTE);
      app.turnstile.release('stream');
      const all = await raw.closed();
      expect(all).toMatch(/second;[^]*last/);
      const after = new HttpClient(app.url);
      await after.jar.setCookie(`sid=${fresh}; Path=/`, app.url);
      expect(await status(after)).toBe(200);
      // What was written after the first byte needs a store that is not the cookie.
      expect((await json(after.get('/read')))['streamed']).toBe(kind === 'server' ? true : undefined);
    });
  },
);
