import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { nextTurn } from '../../../../test/support/next-turn.js';
import { recordEvents, type RecordedEvent } from '../../../../test/support/record-events.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { HeldSession, SessionEngine } from '../engine/session-engine.js';
import { SessionGoneError, SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionEvents } from '../events/session-events.js';
import { resolveOptions } from '../options/resolve-options.js';
import { memoryRevocation } from '../revocation/memory-revocation.js';
import { sealedCookie } from './sealed-cookie.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const user = { id: 'u1', roles: ['admin'] };
const MINUTE = 60_000;
const DAY = 86_400_000;
const req = new IncomingMessage(new Socket());

describe('SealedEngine', () => {
  let clock: TestClock;
  let revocation: ReturnType<typeof memoryRevocation>;
  let heard: RecordedEvent[];

  /** Another process with the same options. */
  const engineOf = (interop?: 'iron-session', rotateAfter?: '5m'): SessionEngine => {
    const store = sealedCookie({ password, revocation, ...(interop && { interop }) });
    const events = new SessionEvents();
    recordEvents(events, heard);
    return store.createEngine(resolveOptions({ store, clock, ...(rotateAfter && { rotateAfter }) }, {}), events);
  };
  const record = (data: SessionValues = {}, more: Partial<SessionRecord> = {}): SessionRecord => ({
    data,
    cookie: { originalMaxAge: 1_800_000, expires: null, httpOnly: true, path: '/', sameSite: 'lax', secure: false },
    createdAt: clock.now(),
    authenticatedAt: clock.now(),
    lastSeenAt: clock.now(),
    expiresAt: 0,
    ...more,
  });
  const begin = (engine: SessionEngine, data: SessionValues = { user }, more: Partial<SessionRecord> = {}) =>
    engine.create(engine.begin(req), record(data, more));
  const save = (engine: SessionEngine, held: HeldSession, mine: SessionValues) =>
    engine.save(held, { base: held.stored.record.data, mine, lastSeenAt: clock.now() });
  const rotate = (engine: SessionEngine, held: HeldSession, by: 'age' | 'asked' | 'proof') =>
    engine.rotate(held, { req, by, next: (theirs) => theirs, ...(by === 'proof' && { proves: 1 }) });
  const statusOf = async (engine: SessionEngine, { token }: { token: string }) => (await engine.find(token)).status;
  /** As another request of the same cookie has it. */
  const opened = async (engine: SessionEngine, { token }: { token: string }): Promise<HeldSession> => {
    const found = await engine.find(token);
    if (found.status !== 'live') throw new Error(`It is ${found.status}.`);
    return found.held;
  };

  beforeEach(() => {
    clock = new TestClock();
    revocation = memoryRevocation({ clock });
    heard = [];
  });

  it('finds in one process what another one sealed, by the seal alone', async () => {
    const held = await begin(engineOf(), { user, n: 1 });
    const found = await engineOf().find(held.token);
    expect(found).toMatchObject({ status: 'live', outdated: false, held: { handle: held.handle, generation: 0 } });
    expect(found).toMatchObject({
      held: { stored: { record: { data: { user, n: 1 }, expiresAt: clock.now() + 1_800_000 } } },
    });
  });

  it('keeps name and id through saves and renewals by age, and gives every other rotation another id', async () => {
    const engine = engineOf();
    const held = await begin(engine);
    const saved = await save(engine, held, { user, n: 1 });
    const aged = await rotate(engine, saved!, 'age');
    const proven = await rotate(engine, aged!, 'proof');
    const all = [held, saved!, aged!, proven!];
    expect(new Set(all.map(({ handle }) => handle)).size).toBe(1);
    const ids = all.map((it) => engine.idOf(it));
    expect(ids).toEqual([ids[0], ids[0], ids[0], `${held.handle}.2`]);
    expect(ids[0]).toBe(`${held.handle}.0`);
  });

  it.each(['iron-session', undefined] as const)(
    'lets nothing go on from a session that another process ended since it was read (interop: %s)',
    async (interop) => {
      const [one, two] = [engineOf(interop), engineOf(interop)];
      const held = await begin(one);
      expect(await two.revoke(held.handle)).toBe(true);
      expect(await save(one, held, { user, n: 1 })).toBeUndefined();
      for (const by of ['age', 'asked', 'proof'] as const) expect(await rotate(one, held, by)).toBeUndefined();
      expect(await one.end(held, 'signed-out')).toBeUndefined();
      const fresh = await begin(one, {});
      expect(await one.replace(held, fresh, { take: () => undefined })).toBeUndefined();
    },
  );

  it('ends a session by any seal of it, however old, in every generation', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const first = await begin(one);
    const second = await rotate(one, first, 'proof');
    const third = await rotate(one, second!, 'age');
    expect(await statusOf(two, third!)).toBe('live');
    clock.advance(2 * MINUTE);
    const found = await two.find(first.token);
    expect(found).toMatchObject({ status: 'missing', presented: { handle: first.handle } });
    if (found.status !== 'missing' || !found.presented) throw new Error('nothing was presented');
    expect(await two.end(found.presented, 'signed-out')).toBeDefined();
    for (const held of [first, second!, third!]) expect(await statusOf(one, held)).not.toBe('live');
  });

  it('ends a rotated session together with its user, whenever the rotation was', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const held = await begin(one);
    await two.revokeUser('u1');
    expect(await rotate(one, held, 'proof')).toBeUndefined();
    expect(await statusOf(one, held)).toBe('missing');
    await nextTurn();
    expect(heard).toContainEqual(expect.objectContaining({ name: 'invalid', reason: 'revoked' }));
  });

  it('refuses a login whose user was ended since it began', async () => {
    const engine = engineOf();
    const user2 = (await engine.revokedBefore('user', 'u1')) ?? 0;
    await engineOf().revokeUser('u1');
    await expect(begin(engine, { user }, { revokedBefore: { user: user2 } })).rejects.toThrow(SessionGoneError);
  });

  it('tells of an older cookie that was written over a newer one', async () => {
    const engine = engineOf();
    const held = await begin(engine, { n: 0, m: 0 });
    await save(engine, held, { n: 1, m: 0 });
    await nextTurn();
    expect(heard).toEqual([]);
    await save(engine, held, { n: 0, m: 1 });
    await nextTurn();
    expect(heard).toEqual([{ name: 'conflict', handle: held.handle, keys: ['m'] }]);
  });

  it('knows for a minute, in every process, that a login or a logout took the session', async () => {
    for (const ending of ['replaced', 'signed-out'] as const) {
      const [one, two] = [engineOf(), engineOf()];
      const held = await begin(one, {});
      await one.end(held, ending);
      expect([await statusOf(one, held), await statusOf(two, held)]).toEqual(['replaced', 'replaced']);
      clock.advance(MINUTE);
      expect([await statusOf(one, held), await statusOf(two, held)]).toEqual(['missing', 'missing']);
    }
    const held = await begin(engineOf(), {});
    await engineOf().revoke(held.handle);
    expect(await engineOf().find(held.token)).toMatchObject({ status: 'missing', ending: 'revoked' });
  });

  it('gives a login what stands today, and keeps it through saves and rotations', async () => {
    const engine = engineOf();
    await engine.revokeUser('u1');
    const held = await begin(engine);
    const saved = await save(engine, held, { user, n: 1 });
    const rotated = await rotate(engine, saved!, 'proof');
    expect(await statusOf(engineOf(), rotated!)).toBe('live');
    expect(rotated!.stored.record.revokedBefore).toEqual({ user: clock.now() });
    await engineOf().revokeUser('u1');
    expect(await statusOf(engine, rotated!)).toBe('missing');
  });

  it('ends a session by its user also where the user came into it without a login', async () => {
    const engine = engineOf();
    await engine.revokeUser('u1');
    const anonymous = await begin(engine, {});
    const held = await save(engine, anonymous, { user });
    expect(await statusOf(engine, held!)).toBe('live');
    await engineOf().revokeUser('u1');
    expect(await statusOf(engine, held!)).toBe('missing');
  });

  it('is not undone by an older copy where it changes the user or takes the user away', async () => {
    for (const mine of [{ user: { id: 'u1', roles: [] } }, {}]) {
      const [one, two] = [engineOf(), engineOf()];
      const held = await begin(one);
      const beside = await opened(two, held);
      const changed = await save(one, held, mine);
      expect(await statusOf(two, changed!)).toBe('live');
      expect(await statusOf(two, held)).toBe('replaced');
      await expect(save(two, beside, { user, n: 1 })).rejects.toThrow(SessionRotatedError);
      expect(one.idOf(changed!)).toBe(one.idOf(held));
      clock.advance(2 * MINUTE);
      expect(await statusOf(two, held)).toBe('missing');
    }
  });

  it('tells of a seal that comes back long after it was replaced', async () => {
    const engine = engineOf();
    const held = await begin(engine);
    await rotate(engine, held, 'proof');
    clock.advance(2 * MINUTE);
    for (let again = 0; again < 2; again++) expect(await statusOf(engine, held)).toBe('missing');
    await nextTurn();
    const told = { name: 'reuse', handle: held.handle, userId: 'u1', by: 'proof', age: 2 * MINUTE };
    expect(heard).toEqual([told]);
  });

  describe('two at once', () => {
    it('that prove something both get a cookie that is good', async () => {
      const [one, two] = [engineOf(), engineOf()];
      const held = await begin(one);
      const beside = await opened(two, held);
      const both = [await rotate(one, held, 'proof'), await rotate(two, beside, 'proof')];
      for (const it of both) expect([it?.generation, await statusOf(engineOf(), it!)]).toEqual([1, 'live']);
      expect(await statusOf(engineOf(), held)).toBe('replaced');
    });

    it.each([
      ['proof', 'asked'],
      ['asked', 'proof'],
      ['asked', 'asked'],
      ['proof', 'age'],
      ['asked', 'age'],
    ] as const)('refuse the second: %s, then %s', async (first, second) => {
      const [one, two] = [engineOf(undefined, '5m'), engineOf(undefined, '5m')];
      const held = await begin(one);
      const beside = await opened(two, held);
      const won = await rotate(one, held, first);
      await expect(rotate(two, beside, second)).rejects.toThrow(SessionRotatedError);
      expect(await statusOf(two, won!)).toBe('live');
    });

    it.each(['proof', 'asked'] as const)(
      'let %s go on top of a renewal by age, which opens nothing then',
      async (by) => {
        const [one, two] = [engineOf(undefined, '5m'), engineOf(undefined, '5m')];
        const held = await begin(one);
        const beside = await opened(two, held);
        const aged = await rotate(one, held, 'age');
        const won = await rotate(two, beside, by);
        expect(won?.generation).toBe(2);
        expect(await Promise.all([held, aged!, won!].map((it) => statusOf(one, it)))).toEqual([
          'replaced',
          'replaced',
          'live',
        ]);
      },
    );

    it('that renew by age share one generation, and the seal before opens for the grace', async () => {
      const [one, two] = [engineOf(undefined, '5m'), engineOf(undefined, '5m')];
      const held = await begin(one);
      const beside = await opened(two, held);
      const both = [await rotate(one, held, 'age'), await rotate(two, beside, 'age')];
      for (const it of both) expect([it?.generation, await statusOf(one, it!)]).toEqual([1, 'live']);
      const late = await opened(two, held);
      expect([late.generation, late.send === held.token]).toEqual([1, false]);
      expect(await statusOf(one, { token: late.send ?? '' })).toBe('live');
      const saved = await save(two, late, { user, n: 1 });
      expect(saved?.generation).toBe(1);
      clock.advance(10_000);
      expect(await statusOf(one, held)).toBe('replaced');
      await expect(rotate(two, beside, 'age')).rejects.toThrow(SessionRotatedError);
      await expect(save(two, beside, { user, n: 2 })).rejects.toThrow(SessionRotatedError);
      expect(await statusOf(one, saved!)).toBe('live');
    });

    it('complete a login once', async () => {
      const [one, two] = [engineOf(), engineOf()];
      const pending = await begin(one, {}, { facts: { pending: { user, until: clock.now() + MINUTE } } });
      const beside = await opened(two, pending);
      const admits = ({ facts }: SessionRecord) => facts?.pending !== undefined;
      const took = [
        await one.replace(pending, await begin(one), { take: () => undefined, admits }),
        await two.replace(beside, await begin(two), { take: () => undefined, admits }),
      ];
      expect(took.map((it) => it !== undefined)).toEqual([true, false]);
    });
  });

  it('remembers an ending until the last seal is over, and not for as long as the copy at hand lives', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const remembered = { originalMaxAge: 14 * DAY, expires: null, httpOnly: true, path: '/', sameSite: 'lax' } as const;
    const long = await begin(one, { user }, { absoluteTimeout: 14 * DAY, cookie: remembered });
    const short = await one.save(long, {
      base: { user },
      mine: { user },
      cookie: { ...remembered, originalMaxAge: 5 * MINUTE },
      lastSeenAt: clock.now(),
    });
    await one.end(short!, 'signed-out');
    for (let day = 0; day < 15; day++) {
      for (const held of [long, short!]) expect(await statusOf(two, held)).not.toBe('live');
      clock.advance(DAY);
    }
  });

  it('remembers an ending also where an earlier login of the session lived longer', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const cookie = { ...record().cookie, originalMaxAge: 14 * DAY };
    const long = await begin(one, { user }, { absoluteTimeout: 14 * DAY, cookie });
    const again = await one.rotate(long, {
      req,
      by: 'proof',
      next: (theirs) => ({ ...theirs, absoluteTimeout: 8 * 60 * MINUTE, cookie: record().cookie }),
    });
    await one.end(again!, 'signed-out');
    clock.advance(2 * DAY);
    expect(await statusOf(two, long)).toBe('missing');
  });
});
