import { Script } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryStore, type SessionModuleOptions, type SessionRemaining } from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { aboutTime } from '../support/routes/timeout.routes.js';
import { cells } from '../support/scope.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: TestClock;
let app: TestApp;
afterEach(() => app.close());

const kinds = ['server', 'sealed'] as const;
const places = cells(kinds, platforms, 1).map(([kind, platform]) => ({ kind, platform }));

async function start({ kind, platform }: (typeof places)[number], options: SessionModuleOptions = {}): Promise<void> {
  clock = new TestClock();
  const store =
    kind === 'server'
      ? memoryStore({ clock })
      : sealedCookie({
          password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp',
          cookieName: 'sid',
          ttl: '30m',
          revocation: memoryRevocation({ clock }),
        });
  app = await startTestApp(platform, { store, clock, ...options }, aboutTime);
}

const remaining = async (client: HttpClient, method = 'GET', headers: Record<string, string> = {}) => {
  const response = await client.request(method, '/session/expiry', { headers });
  return { response, times: (await response.json()) as SessionRemaining };
};

describe.each(places)('requests that do not extend, $kind, $platform', (cell) => {
  it('poll a session to its end: 20 of them in 31 minutes', async () => {
    await start(cell);
    const client = await app.login();
    const answers: number[] = [];
    for (let i = 0; i < 20; i++) {
      clock.advance((31 * MINUTE) / 20);
      const answer = await client.get('/poll');
      answers.push(answer.status);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(answers).toEqual([...Array<number>(19).fill(200), 401]);
  });

  it('do not extend by what they write either, which is kept', async () => {
    await start(cell, { rolling: true });
    const client = await app.login();
    const { times } = await remaining(client);
    for (const step of [10, 10]) {
      clock.advance(step * MINUTE);
      await client.post('/poll-and-write', { note: `after ${step}` });
      expect((await remaining(client)).times.expiresAt).toBe(times.expiresAt);
    }
    const { note } = (await (await client.get('/read')).json()) as { note: string };
    expect(note).toBe('after 10');
    expect((await remaining(client)).times.expiresAt).toBe(clock.now() + 30 * MINUTE);
  });
});

describe.each(places)('the routes of SessionExpiryModule, $kind, $platform', (cell) => {
  it('tell how long a session lasts and extend nothing, in no cache', async () => {
    await start(cell);
    const client = await app.login();
    const begin = clock.now();
    clock.advance(10 * MINUTE);
    const { response, times } = await remaining(client);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(times).toEqual({
      expiresAt: begin + 30 * MINUTE,
      idleExpiresAt: begin + 30 * MINUTE,
      absoluteExpiresAt: begin + 8 * HOUR,
      now: clock.now(),
    });
    for (let i = 0; i < 19; i++) {
      clock.advance(MINUTE);
      expect((await remaining(client)).response.status).toBe(200);
    }
    clock.advance(MINUTE);
    expect((await remaining(client)).response.status).toBe(401);
  });

  it('extend on POST, up to the absolute deadline, and the cookie follows', async () => {
    await start(cell, { absoluteTimeout: '1h' });
    const client = await app.login();
    const begin = clock.now();
    for (const minutes of [1, 28, 28]) {
      clock.advance(minutes * MINUTE);
      const { response, times } = await remaining(client, 'POST');
      expect(response.status).toBe(200);
      expect(times.idleExpiresAt).toBe(clock.now() + 30 * MINUTE);
      expect(times.expiresAt).toBe(Math.min(clock.now() + 30 * MINUTE, begin + HOUR));
      expect((await remaining(client)).times).toEqual(times);
    }
    clock.advance(3 * MINUTE);
    expect((await remaining(client, 'POST')).response.status).toBe(401);
  });

  it('extend nothing for another site', async () => {
    await start(cell);
    const client = await app.login();
    clock.advance(MINUTE);
    const before = await remaining(client);
    const { host } = new URL(app.url);
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
    ];
    for (const headers of foreign) {
      const { response } = await remaining(client, 'POST', headers);
      expect([JSON.stringify(headers), response.status]).toEqual([JSON.stringify(headers), 403]);
    }
    expect((await remaining(client)).times.expiresAt).toBe(before.times.expiresAt);
    expect((await remaining(client, 'POST', { origin: `http://${host}` })).response.status).toBe(200);
    expect((await remaining(client, 'POST', { 'sec-fetch-site': 'same-origin' })).response.status).toBe(200);
  });

  it('say null for a deadline that there is not, and 401 without a session, which is not created', async () => {
    await start(cell, { absoluteTimeout: false });
    const client = await app.login();
    expect((await remaining(client)).times).toMatchObject({ absoluteExpiresAt: null });
    const nobody = app.client();
    for (const method of ['GET', 'POST']) {
      const { response } = await remaining(nobody, method);
      expect(response.status).toBe(401);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  it('serve a script of less than 4 kB that parses, without a session', async () => {
    await start(cell);
    const response = await app.client().get('/session/expiry/script.js');
    const script = await response.text();
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.byteLength(script)).toBeLessThan(4096);
    expect(() => new Script(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|eval\(|style=/);
  });
});
