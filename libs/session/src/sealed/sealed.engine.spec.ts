import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { nextTurn } from '../../../../test/support/next-turn.js';
import { recordEvents, type RecordedEvent } from '../../../../test/support/record-events.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import { SessionEvents } from '../events/session-events.js';
import { resolveOptions } from '../options/resolve-options.js';
import { memoryRevocation } from '../revocation/memory-revocation.js';
import { sealedCookie } from './sealed-cookie.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const ID = 'an id that is long enough to be one';
const user = { id: 'u1' };

describe('SealedEngine', () => {
  let clock: TestClock;
  let revocation: ReturnType<typeof memoryRevocation>;
  let heard: RecordedEvent[];

  /** Another process with the same options. */
  const engineOf = (interop?: 'iron-session') => {
    const store = sealedCookie({ password, revocation, ...(interop && { interop }) });
    const events = new SessionEvents();
    recordEvents(events, heard);
    return store.createEngine(resolveOptions({ store, clock }, {}), events);
  };
  const record = (data: SessionValues = {}): SessionRecord => ({
    data,
    cookie: { originalMaxAge: 1_800_000, expires: null, httpOnly: true, path: '/', sameSite: 'lax', secure: false },
    createdAt: clock.now(),
    authenticatedAt: clock.now(),
    lastSeenAt: clock.now(),
    expiresAt: 0,
  });

  beforeEach(() => {
    clock = new TestClock();
    revocation = memoryRevocation({ clock });
    heard = [];
  });

  it('finds in one process what another one sealed, by the seal alone', async () => {
    const stored = await engineOf().create(ID, record({ user, n: 1 }));
    const two = engineOf();
    const found = await two.find(two.tokenOf(ID, stored));
    expect(found).toMatchObject({ status: 'live', id: ID, outdated: false });
    expect(found).toMatchObject({ stored: { record: { data: { user, n: 1 }, expiresAt: clock.now() + 1_800_000 } } });
  });

  it.each(['iron-session', undefined] as const)(
    'lets no rotation begin from a session that another process ended since it was read (interop: %s)',
    async (interop) => {
      const [one, two] = [engineOf(interop), engineOf(interop)];
      const stored = await one.create(ID, record({ user }));
      await two.revoke(sessionHandle(ID));
      expect(await one.retire(ID, stored)).toBeUndefined();
    },
  );

  it('ends a rotated session together with its user, whenever the rotation was', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const stored = await one.create(ID, record({ user }));
    const old = await one.retire(ID, stored);
    await two.revokeUser('u1');
    const { epoch } = old!.record;
    const fresh = await one.create('another id that is long enough', {
      ...record({ user }),
      ...(epoch !== undefined && { epoch }),
    });
    expect((await two.find(fresh.version)).status).toBe('missing');
    await nextTurn();
    expect(heard).toContainEqual(expect.objectContaining({ name: 'invalid', reason: 'revoked' }));
  });

  it('tells of an older cookie that was written over a newer one', async () => {
    const engine = engineOf();
    const stored = await engine.create(ID, record({ n: 0, m: 0 }));
    const change = (mine: SessionValues) => engine.save(ID, { base: { n: 0, m: 0 }, mine: record(mine), stored });
    await change({ n: 1, m: 0 });
    await nextTurn();
    expect(heard).toEqual([]);
    await change({ n: 0, m: 1 });
    await nextTurn();
    expect(heard).toEqual([{ name: 'conflict', handle: sessionHandle(ID), keys: ['m'] }]);
  });

  it('never seals again what this process ended', async () => {
    const engine = engineOf();
    const stored = await engine.create(ID, record({ user }));
    await engine.delete(ID, stored);
    const changed = { base: {}, mine: record({ user, late: true }), stored };
    expect(await engine.save(ID, changed)).toBeUndefined();
    expect(await engine.renew(ID, stored, stored.record.cookie)).toBeUndefined();
    expect(await engine.delete(ID, stored)).toBeUndefined();
  });

  it('knows for a minute, in every process, that a session was replaced by another one', async () => {
    const [one, two] = [engineOf(), engineOf()];
    const stored = await one.create(ID, record());
    await one.retire(ID, stored);
    expect((await two.find(stored.version)).status).toBe('rotated');
    expect((await one.find(stored.version)).status).toBe('rotated');
    clock.advance(60_001);
    expect((await two.find(stored.version)).status).toBe('missing');
    expect((await one.find(stored.version)).status).toBe('missing');
  });

  it('gives a login the epoch of today, and keeps it through saves and renewals', async () => {
    const engine = engineOf();
    await engine.revokeUser('u1');
    const stored = await engine.create(ID, record({ user }));
    const saved = await engine.save(ID, { base: { user }, mine: record({ user, n: 1 }), stored });
    const renewed = await engine.renew(ID, saved!, saved!.record.cookie);
    expect((await engineOf().find(renewed!.version)).status).toBe('live');
    expect(renewed!.record.epoch).toBe(stored.record.epoch);
    await engineOf().revokeUser('u1');
    expect((await engine.find(renewed!.version)).status).toBe('missing');
  });

  it('ends a session by its user also where the user came into it without a login', async () => {
    const engine = engineOf();
    const anonymous = await engine.create(ID, record());
    const stored = await engine.save(ID, { base: {}, mine: record({ user }), stored: anonymous });
    expect((await engine.find(stored!.version)).status).toBe('live');
    await engineOf().revokeUser('u1');
    expect((await engine.find(stored!.version)).status).toBe('missing');
  });
});
