import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from 'nest-session';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { aboutTime } from '../support/routes/timeout.routes.js';
import { pairwise } from '../support/scope.js';
import { startTestApp } from '../support/test-app.js';
import { endOf } from './cookie-end.js';
import { openPlace, placeNames, type Place, type PlaceOptions } from './places.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const requests: Record<string, (client: HttpClient) => Promise<Response>> = {
  read: (client) => client.get('/read'),
  write: (client) => client.post('/write', { note: 'written' }),
  untouched: (client) => client.get('/untouched'),
};

interface Cell {
  readonly place: (typeof placeNames)[number];
  readonly request: string;
  readonly persistent: boolean;
  readonly rolling: boolean;
  /** Which deadline a session that is used comes to. */
  readonly first: 'idle' | 'absolute';
}

const cells: Cell[] = placeNames.flatMap((place) =>
  Object.keys(requests).flatMap((request) =>
    [true, false].flatMap((persistent) =>
      [true, false].flatMap((rolling) =>
        (['idle', 'absolute'] as const).map((first) => ({ place, request, persistent, rolling, first })),
      ),
    ),
  ),
);

/** The same for any clock and any unit of time. */
async function open({ place: name, persistent, rolling, first }: Cell, clock: Clock, unit: number) {
  const options: PlaceOptions = { clock, redis, idleTimeout: 10 * unit, persistent };
  const place = await openPlace[name](options);
  // Ten units idle; with twelve in all, the first use after three is cut off by the absolute one.
  const absoluteTimeout = first === 'idle' ? 100 * unit : 12 * unit;
  const app = await startTestApp('express', { ...place.options, clock, rolling, absoluteTimeout }, aboutTime);
  return { app, place, absoluteTimeout };
}

/** The latest end that a browser was told of, and when it was told. */
class Browser {
  cookieEnd: { maxAge: number; expires: number } | null | undefined;

  constructor(private readonly clock: Clock) {}

  note(response: Response): Response {
    const lines = response.headers.getSetCookie();
    if (lines.length > 0) this.cookieEnd = endOf(lines, this.clock.now());
    return response;
  }
}

const near = (one: number, other: number): boolean => Math.abs(one - other) <= SECOND;

async function expectAgreement(cell: Cell, place: Place, client: HttpClient, browser: Browser) {
  const { expiresAt } = (await (await client.get('/session/expiry')).json()) as { expiresAt: number };
  const stored = await place.endsAt(client);
  expect(
    stored !== undefined && near(stored, expiresAt),
    `the place ends at ${stored}, the record at ${expiresAt}`,
  ).toBe(true);
  const { maxAge, expires } = browser.cookieEnd ?? { maxAge: null, expires: null };
  const agrees = (end: number | null) => (cell.persistent ? end !== null && near(end, expiresAt) : end === null);
  expect(agrees(maxAge), `Max-Age ends at ${maxAge}, the record at ${expiresAt}`).toBe(true);
  expect(agrees(expires), `Expires is ${expires}, the record ends at ${expiresAt}`).toBe(true);
}

describe('the ends of cookie and record agree within a second', () => {
  it.each(pairwise(cells))(
    '$place: $request, persistent $persistent, rolling $rolling, $first ends first',
    async (cell) => {
      const clock = new TestClock();
      const { app, place, absoluteTimeout } = await open(cell, clock, MINUTE);
      const start = clock.now();
      const browser = new Browser(clock);
      const client = app.client();
      browser.note(await client.post('/login', { user: { id: 'u1' } }));
      await expectAgreement(cell, place, client, browser);

      let end = start + 10 * MINUTE;
      // Below a tenth of the idle timeout, then above it, twice.
      for (const step of [MINUTE / 2, 3 * MINUTE, 3 * MINUTE]) {
        clock.advance(step);
        const response = browser.note(await requests[cell.request]!(client));
        expect(response.status).toBe(200);
        // What is renewed without a cookie is renewed behind the response.
        await app.login('somebody else').then((other) => other.post('/logout'));
        await expectAgreement(cell, place, client, browser);
        const renews = cell.rolling || cell.request === 'write' || step > MINUTE;
        if (renews) end = Math.min(clock.now() + 10 * MINUTE, start + absoluteTimeout);
        const { expiresAt } = (await (await client.get('/session/expiry')).json()) as { expiresAt: number };
        expect(expiresAt).toBe(end);
      }
      clock.advance(end - clock.now() - 1);
      expect((await client.get('/poll')).status).toBe(200);
      clock.advance(1);
      expect((await client.get('/poll')).status).toBe(401);
      await app.close();
      await place.cleanup();
    },
  );

  it.each(placeNames)('%s, by the clock of the machine', async (name) => {
    const cell: Cell = { place: name, request: 'read', persistent: true, rolling: false, first: 'absolute' };
    // Four seconds idle, 4.8 in all.
    const { app, place } = await open(cell, systemClock, 400);
    const browser = new Browser(systemClock);
    const client = app.client();
    const start = Date.now();
    browser.note(await client.post('/login', { user: { id: 'u1' } }));
    await expectAgreement(cell, place, client, browser);
    await pause(1_500);
    browser.note(await client.get('/read'));
    await expectAgreement(cell, place, client, browser);
    // A raw client sends its cookie as long as it likes.
    const sid = `sid=${await client.cookie()}`;
    const status = async () => (await app.client().get('/poll', { cookie: sid })).status;
    await pause(start + 4_400 - Date.now());
    expect(await status()).toBe(200);
    await pause(start + 5_000 - Date.now());
    expect(await status()).toBe(401);
    await app.close();
    await place.cleanup();
  });
});
