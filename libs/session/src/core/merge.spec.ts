import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSessions } from './merge.js';
import type { SessionValues } from './record.js';

const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
const values: fc.Arbitrary<SessionValues> = fc
  .dictionary(key, fc.jsonValue({ maxDepth: 2 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as SessionValues);

describe('mergeSessions', () => {
  it('keeps what each side changed, added and deleted', () => {
    const base = { kept: 1, mine: 1, theirs: 1, goneHere: 1, goneThere: 1 };
    const mine = { kept: 1, mine: 2, theirs: 1, goneThere: 1, newHere: 1 };
    const theirs = { kept: 1, mine: 1, theirs: 2, goneHere: 1, newThere: 1 };
    expect(mergeSessions(base, mine, theirs)).toEqual({
      data: { kept: 1, mine: 2, theirs: 2, newHere: 1, newThere: 1 },
      conflicts: [],
    });
  });

  it('takes arrays and objects as one value each', () => {
    const merged = mergeSessions(
      { list: [1], box: { a: 1 } },
      { list: [1, 2], box: { a: 1, b: 1 } },
      { list: [1, 3], box: { a: 2 } },
    );
    expect(merged).toEqual({ data: { list: [1, 2], box: { a: 1, b: 1 } }, conflicts: ['list', 'box'] });
  });

  it('asks the resolver also when both sides wrote the same value', () => {
    const asked: unknown[] = [];
    const merged = mergeSessions({ n: 0 }, { n: 1 }, { n: 1 }, (...args) => {
      asked.push(args);
      return 2;
    });
    expect(asked).toEqual([['n', 0, 1, 1]]);
    expect(merged).toEqual({ data: { n: 2 }, conflicts: ['n'] });
  });

  it('deletes a key that the resolver gives no value', () => {
    expect(mergeSessions({ n: 0 }, { n: 1 }, { n: 2 }, () => undefined).data).toEqual({});
  });

  describe('of who is signed in', () => {
    const user = (...roles: string[]) => ({ user: { id: 'u1', roles } });

    it('keeps what is stored, names the conflict and asks no resolver', () => {
      const asked: string[] = [];
      const resolve = (name: string, _base: unknown, mine: unknown) => {
        asked.push(name);
        return mine;
      };
      const [base, mine, theirs] = [user('admin'), { ...user('admin'), note: 1 }, user()];
      expect(mergeSessions(base, { ...mine, user: { id: 'u1', seen: 1 } }, theirs, resolve)).toEqual({
        data: { ...user(), note: 1 },
        conflicts: ['user'],
      });
      expect(asked).toEqual([]);
    });

    it('is neither brought back nor taken away by a slower request', () => {
      expect(mergeSessions(user('admin'), user('admin', 'editor'), {})).toEqual({ data: {}, conflicts: ['user'] });
      expect(mergeSessions(user('admin'), {}, user())).toEqual({ data: user(), conflicts: ['user'] });
    });

    it('takes a change of one side alone, whichever it is', () => {
      expect(mergeSessions(user(), user('admin'), { ...user(), n: 1 })).toEqual({
        data: { ...user('admin'), n: 1 },
        conflicts: [],
      });
      expect(mergeSessions(user('admin'), { ...user('admin'), n: 1 }, user())).toEqual({
        data: { ...user(), n: 1 },
        conflicts: [],
      });
    });

    it('says nothing of a value of that name further in', () => {
      const merged = mergeSessions({ of: user() }, { of: user('mine') }, { of: user('theirs') });
      expect(merged).toEqual({ data: { of: user('mine') }, conflicts: ['of'] });
    });

    it('is what is stored wherever that has changed, whatever the values', () => {
      fc.assert(
        fc.property(values, values, values, fc.jsonValue(), (base, mine, theirs, taken) => {
          fc.pre(JSON.stringify(taken) !== JSON.stringify(base['user']) && taken !== null);
          const { data } = mergeSessions(base, mine, { ...theirs, user: taken }, () => 'resolved');
          expect(data['user']).toEqual(taken);
        }),
      );
    });
  });

  it('changes nothing for one writer, whatever the values', () => {
    fc.assert(
      fc.property(values, values, (base, mine) => {
        expect(mergeSessions(base, mine, base)).toEqual({ data: mine, conflicts: [] });
        expect(mergeSessions(base, base, mine)).toEqual({ data: mine, conflicts: [] });
      }),
    );
  });

  it('gives the same result in either order where the sides changed different keys', () => {
    fc.assert(
      fc.property(values, values, values, (base, left, right) => {
        const mine = {
          ...base,
          ...Object.fromEntries(Object.entries(left).map(([name, value]) => [`l${name}`, value])),
        };
        const theirs = {
          ...base,
          ...Object.fromEntries(Object.entries(right).map(([name, value]) => [`r${name}`, value])),
        };
        const conflictFree = mergeSessions(base, mine, theirs);
        fc.pre(conflictFree.conflicts.length === 0);
        expect(mergeSessions(base, theirs, mine).data).toEqual(conflictFree.data);
      }),
    );
  });
});
