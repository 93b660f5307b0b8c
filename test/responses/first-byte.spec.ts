import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForCrashes } from '../support/crash-watch.js';
import { platforms } from '../support/nest-app.js';
import { startAnswersApp, type AnswersApp } from '../support/routes/answers.routes.js';

watchForCrashes();

let app: AnswersApp;
beforeEach(() => {
  Logger.overrideLogger(false);
});
afterEach(() => app.close());

// Path, status, what the answer ends with.
const ANSWERS: [path: string, status: number, end: RegExp][] = [
  ['/json', 200, /\{"n":1\}$/],
  ['/redirect', 303, /\r\n\r\n/],
  ['/res-redirect', 302, /\r\n\r\n/],
  ['/res-send', 200, /sent$/],
  ['/res-raw', 200, /raw(\r\n0\r\n\r\n)?$/],
  ['/passthrough', 200, /passed$/],
  ['/throw', 403, /"statusCode":403\}$/],
  ['/shaped', 403, /\{"shaped":"no"\}$/],
  ['/file', 200, /one [^]*two[^]*0\r\n\r\n$/],
  ['/generator', 200, /one [^]*two[^]*0\r\n\r\n$/],
  ['/events', 200, /data: one\n\n[^]*data: two\n\n/],
  ['/no-events', 200, /\r\n\r\n/],
  ['/nothing', 204, /\r\n\r\n/],
  ['/send-then-throw', 200, /first$/],
];

describe.each(platforms)('the first byte, %s', (platform) => {
  beforeEach(async () => {
    app = await startAnswersApp(platform);
  });

  const visitor = async () => {
    const client = app.client();
    await client.get('/user/1');
    app.store.forget();
    return client;
  };
  const cookieOf = async (client: Awaited<ReturnType<typeof visitor>>) => ({
    Cookie: await client.jar.getCookieString(app.url),
  });

  it.each(ANSWERS)('of %s leaves after the store has acknowledged', async (path, status, end) => {
    for (const known of [false, true]) {
      app.store.heal();
      app.store.release();
      const client = known ? await visitor() : app.client();
      const operation = known ? 'save' : 'create';
      app.store.hold(operation);
      const raw = app.raw();
      raw.request('GET', path, known ? await cookieOf(client) : {});
      await app.store.waiting(operation);
      for (let i = 0; i < 5; i++) await turn();
      expect(raw.received).toBe('');
      app.store.release();
      const received = await raw.until(end);
      expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      const cookies = received.match(/^set-cookie: sid=/gim) ?? [];
      expect(cookies).toHaveLength(known ? 0 : 1);
      expect(/^set-cookie: app=1/im.test(received)).toBe(path === '/passthrough');
      raw.close();
    }
  });

  it.each(ANSWERS)('of %s never leaves if the store fails: 503 alone', async (path) => {
    for (const known of [false, true]) {
      app.store.heal();
      const client = known ? await visitor() : app.client();
      app.store.fail('create', 'save');
      const raw = app.raw();
      raw.request('GET', path, known ? await cookieOf(client) : {});
      const received = await raw.until(/SESSION_STORE_UNAVAILABLE"\}$/);
      expect(received).toMatch(/^HTTP\/1\.1 503 /);
      expect(received).not.toMatch(/^set-cookie|^location/im);
      expect(received).toMatch(/^retry-after: 1\r$/im);
      // On the same connection: nothing else was sent, and the process is alive.
      app.store.heal();
      raw.request('GET', '/anonymous');
      expect((await raw.until(/hello$/)).match(/HTTP\/1\.1/g)).toHaveLength(2);
      expect(await (await client.get('/read')).json()).toEqual(known ? { user1: true } : {});
      raw.close();
    }
  });

  it.each(['/redirect', '/res-redirect', '/json', '/file', '/throw'])(
    'of %s is enough: who acts on it sees the change',
    async (path) => {
      for (let i = 0; i < 10; i++) {
        const raw = app.raw();
        raw.request('GET', path);
        const head = await raw.until(/^set-cookie: sid=[^;]*/im);
        const cookie = /^set-cookie: (sid=[^;]*)/im.exec(head)?.[1];
        const next = await fetch(`${app.url}/read`, { headers: { cookie: String(cookie) } });
        expect(await next.json()).toEqual({ n: 1 });
        raw.close();
      }
    },
  );

  it('of a 404 and of malformed JSON leaves the session alone', async () => {
    const client = await visitor();
    expect((await client.get('/nowhere')).status).toBe(404);
    const malformed = await client.request('POST', '/everywhere', {
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(malformed.status).toBe(400);
    expect(malformed.headers.getSetCookie()).toEqual([]);
    expect(app.store.writes).toEqual([]);
  });

  it('sends the cookie of a login whose handler then throws, because the old one is dead', async () => {
    const client = await visitor();
    const before = await client.cookie();
    const response = await client.post('/login-then-throw');
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(await client.cookie()).not.toBe(before);
    expect(await (await client.get('/read')).json()).toEqual({ user: { id: 'u1' } });
  });

  it.each(['/login', '/login-then-throw'])('is a 503 of the exception filter when %s cannot be saved', async (path) => {
    app.store.fail('create');
    const response = await app.client().post(path, { id: 'u1' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toMatchObject({ statusCode: 503, code: 'SESSION_STORE_UNAVAILABLE' });
    expect(app.store.size).toBe(0);
  });

  it('saves what server-sent events changed, to the end and when the client leaves', async () => {
    const client = await visitor();
    const stayed = app.raw();
    stayed.request('GET', '/late-events', await cookieOf(client));
    await stayed.until(/data: two/);
    stayed.leave();
    await vi.waitFor(async () =>
      expect(await (await client.get('/read')).json()).toEqual({ user1: true, late: true, torn: true }),
    );
    const gone = app.raw();
    const other = await visitor();
    gone.request('GET', '/late-events', await cookieOf(other));
    await gone.until(/data: one/);
    gone.leave();
    await vi.waitFor(async () => expect(await (await other.get('/read')).json()).toMatchObject({ torn: true }));
  });

  it('shapes a failed load by the exception filter, and leaves routes alone that do not ask', async () => {
    const client = await visitor();
    app.store.fail('read');
    const shaped = await client.get('/shaped-read');
    expect(shaped.status).toBe(503);
    expect(shaped.headers.get('retry-after')).toBe('1');
    expect(await shaped.json()).toEqual({ shaped: expect.stringContaining('not available') });
    const plain = await client.get('/read');
    expect(plain.status).toBe(503);
    expect(plain.headers.get('retry-after')).toBe('1');
    expect(plain.headers.getSetCookie()).toEqual([]);
    const untouched = await client.get('/anonymous');
    expect({ status: untouched.status, body: await untouched.text() }).toEqual({ status: 200, body: 'hello' });
    expect(untouched.headers.get('retry-after')).toBeNull();
    app.store.heal();
    expect(await (await client.get('/read')).json()).toEqual({ user1: true });
  });
});
