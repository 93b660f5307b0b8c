import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEntry,
  decodeRevokedBefore,
  encodeEntry,
  encodeRevokedBefore,
  raiseEntry,
  UNREADABLE,
  type RevocationEntry,
} from './revocation-entry.js';

const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const entries: fc.Arbitrary<RevocationEntry> = fc
  .record({
    least: fc.oneof(time, fc.constant(Infinity)),
    by: fc.constantFrom('age' as const, 'proof' as const, 'asked' as const),
    graceUntil: fc.option(time, { nil: undefined }),
    over: fc.option(fc.constantFrom('replaced', 'signed-out', 'revoked'), { nil: undefined }),
    at: time,
  })
  .map(({ graceUntil, over, ...entry }) => ({
    ...entry,
    ...(graceUntil !== undefined && { graceUntil }),
    ...(over !== undefined && { over }),
  }));

describe('an entry as text', () => {
  it('is read as what it was, whatever stands behind it', () => {
    fc.assert(
      fc.property(entries, fc.string(), (entry, more) => {
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
        expect(decodeEntry(`${encodeEntry(entry)} ${more.replaceAll('\n', '')}`)).toEqual(entry);
      }),
    );
  });

  it.each([
    '',
    '1',
    '2 1 age - - 1',
    '10 1 age - - 1',
    '1 -1 age - - 1',
    '1 1 word - - 1',
    '1 1 age x - 1',
    '1 1 age - - 1x',
    'null',
  ])('that is none of this release, as "%s", means an ended session', (text) => {
    expect(decodeEntry(text)).toBe(UNREADABLE);
    expect(decodeRevokedBefore(text)).toBe(Infinity);
  });

  it('refuses what is no number', () => {
    expect(decodeEntry(encodeEntry({ least: NaN, by: 'proof', at: 1 })).least).toBe(Infinity);
    expect(decodeRevokedBefore(encodeRevokedBefore(NaN))).toBe(Infinity);
    expect(decodeRevokedBefore(encodeRevokedBefore(1_764_532_800_123))).toBe(1_764_532_800_123);
  });
});

describe('raising', () => {
  /** Whether a generation opens at a moment. */
  const opens = ({ least, graceUntil = 0, over }: RevocationEntry, generation: number, now: number): boolean =>
    over === undefined && (generation >= least || (generation === least - 1 && now < graceUntil));

  it('never opens a generation again that was shut, and never lets one read for longer', () => {
    fc.assert(
      fc.property(entries, entries, time, fc.integer({ min: 0, max: 9 }), (was, raise, now, generation) => {
        const after = raiseEntry(was, raise, now);
        expect(opens(after, generation, now) && !opens(was, generation, now)).toBe(false);
        expect(after.least).toBeGreaterThanOrEqual(was.least);
        expect(after.over).toBe(was.over ?? raise.over);
      }),
    );
  });

  it('comes to the same least and the same ending in any order', () => {
    fc.assert(
      fc.property(fc.array(entries), time, (raises, now) => {
        const fold = (all: RevocationEntry[]) =>
          all.reduce<RevocationEntry | undefined>((was, raise) => raiseEntry(was, raise, now), undefined);
        const [one, other] = [fold(raises), fold(raises.toReversed())];
        expect([one?.least, one?.over === undefined]).toEqual([other?.least, other?.over === undefined]);
      }),
    );
  });
});
