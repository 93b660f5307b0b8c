import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionEvents, type SessionModuleOptions } from 'nest-session';
import type { SessionRecord } from '../../libs/session/src/core/record.js';
import type { HeldSession, SessionEngine } from '../../libs/session/src/engine/session-engine.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import {
  memoryRevocation,
  sealedCookie,
  type MemoryRevocation,
  type SealedCookieOptions,
} from '../../libs/session/src/sealed/index.js';
import { TestClock } from '../support/test-clock.js';
import { password } from './sealed-app.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const req = new IncomingMessage(new Socket());

/** One process: what it seals goes on from a seal that it opened. */
type Act = (engine: SessionEngine, held: HeldSession, clock: TestClock) => Promise<HeldSession | undefined>;

const cookieOf = (record: SessionRecord, originalMaxAge: number) => ({ ...record.cookie, originalMaxAge });
const saveWith = (
  change: (record: SessionRecord) => Partial<{ cookie: SessionRecord['cookie']; mine: object }>,
): Act => {
  return (engine, held, clock) => {
    const { record } = held.stored;
    const { data: base } = record;
    return engine.save(held, { base, mine: base, lastSeenAt: clock.now(), ...change(record) } as never);
  };
};
const rotate =
  (by: 'age' | 'asked' | 'proof', next: (record: SessionRecord) => SessionRecord = (it) => it): Act =>
  (engine, held) =>
    engine.rotate(held, { req, by, next, proves: 1 });

const ACTS: Readonly<Record<string, Act>> = {
  'saves a value': saveWith(({ data }) => ({ mine: { ...data, n: Number(data['n'] ?? 0) + 1 } })),
  'shortens the cookie': saveWith((record) => ({ cookie: cookieOf(record, 5 * MINUTE) })),
  'lengthens the cookie': saveWith((record) => ({ cookie: cookieOf(record, 30 * DAY) })),
  'changes the roles': saveWith(({ data }) => ({ mine: { ...data, user: { id: 'u1', roles: [] } } })),
  'renews by age': rotate('age'),
  regenerates: rotate('asked'),
  elevates: rotate('proof'),
  'logs in again, remembered': (engine, held, clock) =>
    rotate('proof', (record) => ({
      ...record,
      authenticatedAt: clock.now(),
      lastSeenAt: clock.now(),
      absoluteTimeout: 30 * DAY,
      cookie: cookieOf(record, 30 * DAY),
    }))(engine, held, clock),
  'logs in again, for a while': (engine, held, clock) =>
    rotate('proof', (record) => ({
      ...record,
      absoluteTimeout: 8 * HOUR,
      authenticatedAt: clock.now(),
      lastSeenAt: clock.now(),
      cookie: cookieOf(record, 30 * MINUTE),
    }))(engine, held, clock),
};

const acts = fc.array(
  fc.record({
    act: fc.constantFrom(...Object.keys(ACTS)),
    /** Which of the seals so far the request brings. */
    seal: fc.nat(),
    pass: fc.constantFrom(0, 1, MINUTE, 20 * MINUTE),
  }),
  { maxLength: 8 },
);
const endings = fc.record({ seal: fc.nat(), by: fc.constantFrom('cookie', 'handle', 'user'), reuses: fc.boolean() });
const later = fc.array(fc.constantFrom(1, MINUTE, HOUR, 9 * HOUR, 2 * DAY, 31 * DAY, 399 * DAY, 800 * DAY), {
  minLength: 1,
  maxLength: 6,
});

describe.each<[string, Partial<SealedCookieOptions>, SessionModuleOptions]>([
  ['by default', {}, {}],
  ['without any deadline', { ttl: 'never', cookieOptions: { maxAge: undefined } }, { absoluteTimeout: false }],
  ['shared with iron-session', { interop: 'iron-session' }, {}],
])('a session that has ended, %s', (_name, sealed, more) => {
  const processWith = (clock: TestClock, revocation: MemoryRevocation): SessionEngine => {
    const store = sealedCookie({ password, revocation, ...sealed });
    const options = { store, clock, rotateAfter: '5m', ...more } as const;
    return store.createEngine(resolveOptions(options, {}), new SessionEvents());
  };
  const liveOf = async (engine: SessionEngine, seals: readonly string[]): Promise<HeldSession[]> => {
    const found = await Promise.all(seals.map((seal) => engine.find(seal)));
    return found.flatMap((it) => (it.status === 'live' ? [it.held] : []));
  };

  it('opens by no seal that was ever made of it, at any time, in any process', async () => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(acts, endings, later, async (steps, ending, times) => {
        const clock = new TestClock();
        const shared = memoryRevocation({ clock });
        // One that asks every time, one that uses answers again, and others that begin afterwards.
        const asks = processWith(clock, shared);
        const reuses = processWith(
          clock,
          Object.assign(Object.create(shared) as MemoryRevocation, { staleness: 5 * MINUTE }),
        );
        const now = clock.now();
        const begun = await asks.create(asks.begin(req), {
          data: { user: { id: 'u1', roles: ['admin'] } },
          cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/', sameSite: 'lax', secure: false },
          createdAt: now,
          authenticatedAt: now,
          lastSeenAt: now,
          expiresAt: 0,
        });
        const seals = [begun.token];
        const keep = (held: HeldSession | undefined) => {
          for (const seal of [held?.token, held?.send])
            if (seal !== undefined && !seals.includes(seal)) seals.push(seal);
        };
        for (const { act, seal, pass } of steps) {
          clock.advance(pass);
          const found = await asks.find(seals[seal % seals.length] ?? '');
          if (found.status !== 'live') continue;
          keep(found.held);
          keep(await ACTS[act]?.(asks, found.held, clock).catch(() => undefined));
        }
        await liveOf(reuses, seals);
        opened += (await liveOf(asks, seals)).length;
        const found = await asks.find(seals[ending.seal % seals.length] ?? '');
        const presented = found.status === 'live' ? found.held : found.presented;
        const ends = ending.reuses ? reuses : asks;
        if (ending.by === 'user') await ends.revokeUser('u1');
        else if (ending.by === 'handle') await ends.revoke(begun.handle);
        else if (presented) await ends.end(presented, 'signed-out');
        expect(await liveOf(asks, seals)).toEqual([]);
        expect(await liveOf(ends, seals)).toEqual([]);
        expect(await liveOf(processWith(clock, shared), seals)).toEqual([]);
        clock.advance(5 * MINUTE);
        for (const pass of times) {
          expect(await liveOf(asks, seals)).toEqual([]);
          expect(await liveOf(reuses, seals)).toEqual([]);
          expect(await liveOf(processWith(clock, shared), seals)).toEqual([]);
          clock.advance(pass);
        }
      }),
      { numRuns: sealed.interop ? 25 : 100 },
    );
    // So there was something to end.
    expect(opened).toBeGreaterThan(10);
  });
});
