import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { memoryRevocation, type MemoryRevocation } from './memory-revocation.js';
import { RevocationCheck } from './revocation-check.js';
import type { RevocationState, SessionRevocation } from './session-revocation.js';

const STALENESS = 60_000;
const over = { least: Infinity, by: 'asked', over: 'signed-out', until: Infinity } as const;

describe('RevocationCheck', () => {
  let clock: TestClock;
  let shared: MemoryRevocation;
  let asked: string[];
  /** What a read waits for. */
  let gate: Promise<void>;

  /** A process that uses answers again. */
  const checkOf = (staleness = STALENESS): RevocationCheck => {
    const revocation: SessionRevocation = {
      staleness,
      async read(name, users): Promise<RevocationState> {
        asked.push(name);
        const answered = gate;
        const state = await shared.read(name, users);
        await answered;
        return state;
      },
      raise: (name, raise) => shared.raise(name, raise),
      revokeBefore: (user, time, until) => shared.revokeBefore(user, time, until),
    };
    return new RevocationCheck(revocation, clock);
  };
  const isOver = async (check: RevocationCheck, name: string): Promise<boolean> =>
    (await check.read(name, [])).entry?.over !== undefined;

  beforeEach(() => {
    clock = new TestClock();
    shared = memoryRevocation({ clock });
    asked = [];
    gate = Promise.resolve();
  });

  it('uses an answer again for as long as the store allows, for the same name and users', async () => {
    const check = checkOf();
    for (let again = 0; again < 3; again++) await check.read('name', ['user']);
    expect(asked).toEqual(['name']);
    await check.read('name', ['another']);
    await check.readNow('name', ['user']);
    clock.advance(STALENESS);
    await check.read('name', ['user']);
    expect(asked).toHaveLength(4);
  });

  it('asks every time where the store says nothing of it', async () => {
    const check = checkOf(0);
    for (let again = 0; again < 3; again++) await check.read('name', []);
    expect(asked).toHaveLength(3);
  });

  it('never undoes what this process has ended, by an older answer or one that is under way', async () => {
    const check = checkOf();
    await check.read('known', ['user']);
    let open!: () => void;
    gate = new Promise((resolve) => (open = resolve));
    const underWay = check.read('asked', ['user']);
    gate = Promise.resolve();
    for (const name of ['known', 'asked']) await check.raise(name, over);
    await check.revokeUser('user', Infinity);
    open();
    expect((await underWay).entry?.over).toBe('signed-out');
    for (const name of ['known', 'asked']) {
      const { entry, revokedBefore } = await check.read(name, ['user']);
      expect([entry?.over, revokedBefore('user')]).toEqual(['signed-out', clock.now()]);
    }
    expect(check.known('known', ['user']).entry?.over).toBe('signed-out');
  });

  it('lets no other entry evict an ending: with too many of them, it asks the store again', async () => {
    const check = checkOf();
    await check.read('mine', []);
    await check.raise('mine', over);
    for (let n = 0; n < 10_100; n++) await check.raise(`stranger-${n}`, over);
    expect(await isOver(check, 'mine')).toBe(true);
    expect(asked).toEqual(['mine', 'mine']);
  });

  it('raises what stands against a user by one at least, however the clocks of two processes differ', async () => {
    const [one, two] = [checkOf(0), checkOf(0)];
    clock.advance(5_000);
    await one.revokeUser('user', Infinity);
    const first = await one.revokedBefore('user');
    clock.advance(-5_000);
    await two.revokeUser('user', Infinity);
    expect(await one.revokedBefore('user')).toBe(first + 1);
  });

  it('refuses a login where it cannot read what stands against the user', async () => {
    const check = new RevocationCheck(
      {
        read: (_name, users) => Promise.resolve({ revokedBefore: users.map(() => Infinity) }),
        raise: () => Promise.resolve(undefined),
        revokeBefore: () => Promise.resolve(),
      },
      clock,
    );
    await expect(check.revokedBefore('user')).rejects.toThrow(/newer release/);
  });

  it('remembers by itself where nothing is revoked, and ends sessions without a complaint when that is full', async () => {
    const check = new RevocationCheck(undefined, clock);
    for (let n = 0; n < 10_000; n++) await check.raise(`${n}`, over);
    expect([await isOver(check, '0'), await isOver(check, '9999')]).toEqual([true, true]);
    await check.raise('one more', over);
    expect(await isOver(check, '0')).toBe(true);
  });
});
