import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRecord } from '../../../../test/support/records.js';
import { TestClock } from '../../../../test/support/test-clock.js';
import type { RotationKind, SecretState, SessionRecord } from '../core/record.js';
import { NamedTokens } from './named-tokens.js';
import { parseToken } from './token-format.js';

const req = {} as IncomingMessage;
const GRACE = 10_000;
const MINUTE = 60_000;
const SECRET = 'a secret that is long enough, and then some';

const clock = new TestClock();
const namesWith = (...secrets: string[]) => new NamedTokens({ secrets, clock });
const names = namesWith(SECRET);
const namesAt = (at: number) => new NamedTokens({ secrets: [SECRET], clock: { now: () => at } });
const recordWith = (secret: SecretState): SessionRecord => aRecord(clock.now(), { secret });

/** A new name, its first token and what its record keeps of that. */
function begun(of = names): { key: string; token: string; secret: SecretState } {
  const { key, token, secret } = of.begin(req);
  if (!secret) throw new Error('A named session begins with a secret');
  return { key, token, secret };
}

const next = (token: string, before: SecretState, by: RotationKind, of = names) =>
  of.next(token, before, by, { now: clock.now(), grace: GRACE });

/** A token that was never given out. */
const forged = (name: string, generation: number) => `${name}.${generation}.${'x'.repeat(43)}`;

describe('a name that begins', () => {
  it('is its key and its handle, and its record keeps a hash of the token only', () => {
    const one = names.begin(req);
    expect(one.key).toMatch(/^[\w-]{22}$/);
    expect(one).toMatchObject({ handle: one.key, generation: 0, id: `${one.key}.0` });
    const hash = createHash('sha256').update(one.token).digest('base64url');
    expect(one.secret).toEqual({
      hash,
      generation: 0,
      floor: 0,
      by: 'begun',
      at: clock.now(),
      nonce: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(parseToken(one.token)).toEqual({ key: one.key, handle: one.handle, generation: 0 });
  });

  it('is what the genid option makes, with a secret of ours', () => {
    const given = new NamedTokens({ secrets: [SECRET], clock, genid: () => 'the-name-of-it' });
    const [one, other] = [given.begin(req), given.begin(req)];
    expect([one.key, other.key]).toEqual(['the-name-of-it', 'the-name-of-it']);
    expect(one.token).not.toBe(other.token);
  });

  it('has a handle that leads to its key, and nothing else does', () => {
    const { key, token } = begun();
    expect(names.parseHandle(names.handleOf(key))).toBe(key);
    for (const text of [token, `${key}.lock`, 'short', `${key}\n`, '', 'n'.repeat(65)])
      expect(names.parseHandle(text), text).toBeUndefined();
    expect(names.parseHandle(7 as unknown as string)).toBeUndefined();
  });
});

describe('the next secret', () => {
  it('is the same for all who hold the token before and the record, in every process', () => {
    const { token, secret } = begun();
    const { token: following, secret: after } = next(token, secret, 'proof');
    expect(names.tokenAfter(token, recordWith(after))).toBe(following);
    expect(namesWith(SECRET, 'an older one').tokenAfter(token, recordWith(after))).toBe(following);
  });

  it('is another one for another nonce', () => {
    const { token, secret } = begun();
    const [one, other] = [next(token, secret, 'proof'), next(token, secret, 'proof')];
    expect(one.secret.nonce).not.toBe(other.secret.nonce);
    expect(one.token).not.toBe(other.token);
    expect(names.tokenAfter(token, recordWith({ ...one.secret, nonce: other.secret.nonce }))).toBeUndefined();
  });

  it('is not told for another token, of the same generation and name', () => {
    const { key, token, secret } = begun();
    const { secret: after } = next(token, secret, 'proof');
    expect(names.tokenAfter(forged(key, 0), recordWith(after))).toBeUndefined();
    expect(names.tokenAfter(begun().token, recordWith(after))).toBeUndefined();
    expect(names.tokenAfter('no token', recordWith(after))).toBeUndefined();
  });

  it('is not told with another key, nor with our secret as an older one', () => {
    const { token, secret } = begun();
    const { secret: after } = next(token, secret, 'proof');
    expect(namesWith('another secret, which is long too').tokenAfter(token, recordWith(after))).toBeUndefined();
    expect(namesWith('another secret, which is long too', SECRET).tokenAfter(token, recordWith(after))).toBeUndefined();
  });

  it('is not told for a token from before the last but one', () => {
    const { token, secret } = begun();
    const one = next(token, secret, 'age');
    const two = next(one.token, one.secret, 'age');
    expect(names.tokenAfter(token, recordWith(two.secret))).toBeUndefined();
    expect(names.tokenAfter(one.token, recordWith(two.secret))).toBe(two.token);
  });

  it('keeps the name, counts on, and by age alone leaves the floor and lets the one before read', () => {
    const { key, token, secret } = begun();
    const proven = next(token, secret, 'proof');
    expect(parseToken(proven.token)).toEqual({ key, handle: key, generation: 1 });
    expect(proven.secret).toMatchObject({ generation: 1, floor: 1, by: 'proof', at: clock.now() });
    expect(proven.secret.was).toBeUndefined();
    const aged = next(proven.token, proven.secret, 'age');
    expect(aged.secret).toMatchObject({
      generation: 2,
      floor: 1,
      by: 'age',
      was: { hash: proven.secret.hash, until: clock.now() + GRACE },
    });
    expect(names.idOf(key, recordWith(aged.secret))).toBe(names.idOf(key, recordWith(proven.secret)));
    const asked = next(aged.token, aged.secret, 'asked');
    expect(asked.secret).toMatchObject({ generation: 3, floor: 3, by: 'asked' });
    // What was given out by age does not go on after it.
    expect(asked.secret.was).toBeUndefined();
    expect(names.idOf(key, recordWith(asked.secret))).toBe(`${key}.3`);
  });
});

describe('a token and a record of its name', () => {
  const { key, token, secret } = begun();
  const now = clock.now();
  const aged = next(token, secret, 'age');
  const proven = next(token, secret, 'proof');

  it.each([
    ['is the current one', 'current', token, secret, now],
    ['was replaced by age, in the grace', 'grace', token, aged.secret, now + GRACE - 1],
    ['was replaced by age, the grace being over', 'replaced', token, aged.secret, now + GRACE],
    ['was replaced by a proof, a moment ago', 'replaced', token, proven.secret, now],
    ['is not known to the record yet', 'ahead', proven.token, secret, now],
    ['has a generation that is current, and another secret', 'ahead', forged(key, 0), secret, now],
    ['has an earlier generation, and a secret that never was one', 'replaced', forged(key, 0), aged.secret, now],
    ['is no token at all', 'replaced', key, secret, now],
  ] as const)('%s', (_what, status, shown, kept, at) => {
    expect(namesAt(at).statusOf(shown, recordWith(kept))).toBe(status);
  });

  it('opens no record that keeps no secret', () => {
    expect(names.statusOf(token, aRecord(now))).toBe('replaced');
    expect(names.current(token, aRecord(now), now)).toBeUndefined();
    expect(names.tokenAfter(token, aRecord(now))).toBeUndefined();
  });

  it('of what a browser is to carry: its own, what replaced it by age within a minute, otherwise nothing', () => {
    expect(names.current(token, recordWith(secret), now)).toBe(token);
    expect(names.current(token, recordWith(aged.secret), now)).toBe(aged.token);
    expect(names.current(token, recordWith(aged.secret), now + MINUTE - 1)).toBe(aged.token);
    expect(names.current(token, recordWith(aged.secret), now + MINUTE)).toBeUndefined();
    expect(names.current(token, recordWith(proven.secret), now)).toBeUndefined();
    expect(names.current(forged(key, 0), recordWith(aged.secret), now)).toBeUndefined();
  });
});

describe('any chain of rotations', () => {
  const chains = fc.array(fc.constantFrom<RotationKind>('age', 'asked', 'proof'), { minLength: 1, maxLength: 6 });

  it('has one token that opens, one that does for the grace after an age, and none that is told out of turn', () => {
    fc.assert(
      fc.property(chains, fc.integer({ min: 0, max: 2 * GRACE }), (chain, later) => {
        const { key, token, secret } = begun();
        const tokens = [token];
        const kept = chain.reduce((before, by) => {
          const made = next(tokens.at(-1) ?? '', before, by);
          tokens.push(made.token);
          return made.secret;
        }, secret);
        const record = recordWith(kept);
        const now = clock.now() + later;
        const inGrace = chain.at(-1) === 'age' && later < GRACE;
        const expected = tokens.map((_, n) =>
          n === chain.length ? 'current' : n === chain.length - 1 && inGrace ? 'grace' : 'replaced',
        );
        expect(tokens.map((one) => namesAt(now).statusOf(one, record))).toEqual(expected);
        expect(tokens.map((one) => names.tokenAfter(one, record) !== undefined)).toEqual(
          tokens.map((_, n) => n === chain.length - 1),
        );
        expect(new Set(tokens.map((one) => parseToken(one)?.key))).toEqual(new Set([key]));
        expect(kept.generation).toBe(chain.length);
        expect(kept.floor).toBe(chain.findLastIndex((by) => by !== 'age') + 1);
        // What is stored gives no token away.
        for (const one of tokens) expect(JSON.stringify(record)).not.toContain(one.split('.')[2]);
      }),
      { numRuns: 50 },
    );
  });
});
