import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { aRecord } from '../../../../test/support/records.js';
import { TestClock } from '../../../../test/support/test-clock.js';
import { shortDigest } from '../core/digest.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { encodeRecord } from '../core/record-format.js';
import type { PresentedToken } from '../engine/session-names.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { SessionModuleOptions } from '../options/session-options.js';
import { Sealer } from '../seals/sealer.js';
import { memoryStore } from '../stores/memory.store.js';
import type { StoredSession } from '../stores/session-store.js';
import { NamedTokens } from './named-tokens.js';
import { RecordCopies } from './record-copies.js';

const req = {} as IncomingMessage;
const SECRET = 'a secret that is long enough, and then some';
const OLDER = 'another secret, of the time before this one';
const AGE = 60_000;
/** What one process remembers at most. */
const MAX_KNOWN = 200_000;

let clock: TestClock;
let names: NamedTokens;
let copies: RecordCopies;
beforeEach(() => {
  clock = new TestClock();
  names = new NamedTokens({ secrets: [SECRET], clock });
  copies = copiesWith();
});

const copiesWith = (more: SessionModuleOptions = {}) =>
  new RecordCopies(
    resolveOptions({ store: memoryStore({ clock }), clock, secret: SECRET, idleTimeout: '30m', ...more }, {}),
    names,
    AGE,
  );

/** A stored session, with the token that opens it. */
interface Session {
  readonly at: Pick<PresentedToken, 'key' | 'generation'>;
  readonly token: string;
  readonly stored: StoredSession;
}

function session(data: SessionValues = { n: 1 }, more: Partial<SessionRecord> = {}): Session {
  const { key, token, secret } = names.begin(req);
  const record = aRecord(clock.now(), { data, ...(secret && { secret }), ...more });
  return { at: { key, generation: 0 }, token, stored: { record, version: `version of ${token}` } };
}

/** The same session after a write. */
const written = (one: Session, data: SessionValues): Session => ({
  ...one,
  stored: { record: { ...one.stored.record, data }, version: `${one.stored.version}+` },
});

/** The same session with another secret. */
function rotated({ at, token, stored }: Session, by: 'age' | 'proof'): Session {
  const { record, version } = stored;
  if (!record.secret) throw new Error('A named session has a secret');
  const next = names.next(token, record.secret, by, { now: clock.now(), grace: 10_000 });
  return {
    at: { key: at.key, generation: at.generation + 1 },
    token: next.token,
    stored: { record: { ...record, secret: next.secret }, version: `${version}+` },
  };
}

const seal = ({ at, stored }: Session) => copies.seal(at, stored);
const open = ({ at, token }: Session, copy: string, of = copies) => of.open(at, token, copy);
const opens = async (one: Session, copy: string, of = copies) => (await open(one, copy, of)) !== undefined;

describe('a copy', () => {
  it('opens beside the token of its session, and shows nothing by itself', async () => {
    const one = session({ secret: 'a value' });
    const copy = seal(one);
    expect(await open(one, copy)).toEqual(one.stored.record);
    expect(copy).not.toContain('a value');
    expect(copy).not.toContain(one.at.key);
  });

  it('opens beside no token of another name', async () => {
    const [mine, other] = [session({ user: { id: 'u1' } }), session({ user: { id: 'u2' } })];
    expect(await opens(other, seal(mine))).toBe(false);
    expect(await opens({ ...other, token: mine.token }, seal(mine))).toBe(false);
  });

  it.each(['age', 'proof'] as const)(
    'of a generation before or after opens beside none but its own: %s',
    async (by) => {
      const before = session();
      const after = rotated(before, by);
      const [old, fresh] = [seal(before), seal(after)];
      expect(await opens(after, old)).toBe(false);
      expect(await opens(before, fresh)).toBe(false);
      // Nor where the token says that it is of this generation, and another one is written down.
      expect(await opens({ ...before, at: after.at }, fresh)).toBe(false);
      expect(await opens(after, fresh)).toBe(true);
    },
  );

  it('is of a version: not believed beside a later one that this process has written or read', async () => {
    const one = session();
    const copy = seal(one);
    copies.wrote(one.at.key, one.stored);
    expect(await opens(one, copy)).toBe(true);
    const later = written(one, { n: 2 });
    copies.wrote(one.at.key, later.stored);
    expect(await opens(one, copy)).toBe(false);
    expect(await open(one, seal(later))).toMatchObject({ data: { n: 2 } });
    const latest = written(later, { n: 3 });
    copies.read(one.at.key, latest.stored, copies.mark);
    expect(await opens(one, seal(later))).toBe(false);
  });

  it('is good for its age, and not a millisecond longer', async () => {
    const one = session();
    const copy = seal(one);
    clock.advance(AGE - 1);
    expect(await opens(one, copy)).toBe(true);
    clock.advance(1);
    expect(await opens(one, copy)).toBe(false);
  });

  describe('that says of its age what was not said here', () => {
    /** A copy as one makes it who has the signing secret. */
    const made = (one: Session, sealedAt: unknown, secret = SECRET) => {
      const text = Buffer.from(secret).toString('base64');
      const id = shortDigest(`cache:${text}`).replaceAll('-', '_').slice(0, 8);
      const payload = [one.at.key, 0, shortDigest(one.stored.version), sealedAt, encodeRecord(one.stored.record)];
      const sealer = new Sealer({ passwords: [{ id, secret: text }], purpose: `cache:${copiesName}` });
      return sealer.seal(JSON.stringify(payload), clock.now() + 100 * AGE);
    };
    const copiesName = 'sid';

    it('opens where what it says is right, so that the others fail for what they say', async () => {
      const one = session();
      expect(await opens(one, made(one, clock.now()))).toBe(true);
    });

    it.each([
      ['is from the future', () => clock.now() + 1],
      ['is older than our age', () => clock.now() - AGE],
      ['has no time', () => undefined],
      ['has a text for it', () => String(clock.now())],
    ])('does not open: %s', async (_what, sealedAt) => {
      const one = session();
      expect(await opens(one, made(one, sealedAt()))).toBe(false);
    });

    it('does not open with a secret that is not the newest', async () => {
      const one = session();
      expect(await opens(one, made(one, clock.now(), OLDER), copiesWith({ secret: [SECRET, OLDER] }))).toBe(false);
    });
  });

  it('is sealed and opened with the newest secret only', async () => {
    const one = session();
    const before = copiesWith({ secret: OLDER });
    const after = copiesWith({ secret: [SECRET, OLDER] });
    expect(await opens(one, before.seal(one.at, one.stored), before)).toBe(true);
    expect(await opens(one, before.seal(one.at, one.stored), after)).toBe(false);
    expect(await opens(one, seal(one), after)).toBe(true);
  });

  it('of another cookie does not open', async () => {
    const one = session();
    expect(await opens(one, copiesWith({ name: 'other' }).seal(one.at, one.stored))).toBe(false);
  });

  it.each(['', 'no seal', 'Fe26.2*a*b*c'])('that is none opens nothing: %j', async (copy) => {
    expect(await opens(session(), copy)).toBe(false);
  });

  it('leaves a session that is over, or to be renewed, to the store', async () => {
    const now = clock.now();
    const idle = session({}, { lastSeenAt: now - 29 * 60_000, expiresAt: now + 60_000 });
    expect(await opens(idle, seal(idle))).toBe(false);
    const over = session({}, { lastSeenAt: now - 31 * 60_000, expiresAt: now - 60_000 });
    expect(await opens(over, seal(over))).toBe(false);
  });
});

describe('what a process knows of a session', () => {
  it('is final once it has ended, whatever is read or written afterwards', async () => {
    const one = session();
    const copy = seal(one);
    copies.ended(one.at.key);
    expect(await opens(one, copy)).toBe(false);
    copies.wrote(one.at.key, one.stored);
    copies.read(one.at.key, one.stored, copies.mark);
    const later = rotated(one, 'proof');
    copies.wrote(one.at.key, later.stored);
    expect([await opens(one, copy), await opens(later, seal(later))]).toEqual([false, false]);
  });

  it.each([
    ['nothing', undefined],
    ['a tombstone', { kind: 'tombstone', ended: 'signed-out', at: 0, expiresAt: Infinity } as const],
    ['what a later release wrote', { kind: 'unknown', expiresAt: Infinity } as const],
  ])('is that it is over, where the store holds %s', async (_what, record) => {
    const one = session();
    const copy = seal(one);
    copies.read(one.at.key, record && { record, version: 'v' }, copies.mark);
    expect(await opens(one, copy)).toBe(false);
  });

  it('is not undone by a read that was under way: not an ending', async () => {
    const one = session();
    const copy = seal(one);
    const { mark } = copies;
    copies.ended(one.at.key);
    copies.read(one.at.key, one.stored, mark);
    expect(await opens(one, copy)).toBe(false);
  });

  it('is not undone by a read that was under way: not a write', async () => {
    const one = session();
    const [old, later] = [seal(one), written(one, { n: 2 })];
    const { mark } = copies;
    copies.wrote(one.at.key, later.stored);
    copies.read(one.at.key, one.stored, mark);
    expect([await opens(one, old), await opens(one, seal(later))]).toEqual([false, true]);
    // Nor by one that found nothing, because it was asked before the session was there.
    copies.read(one.at.key, undefined, mark);
    expect(await opens(one, seal(later))).toBe(true);
  });

  it('never goes back to a generation before, by a read or a write', async () => {
    const one = session();
    const [old, next] = [seal(one), rotated(one, 'proof')];
    copies.wrote(one.at.key, next.stored);
    copies.read(one.at.key, one.stored, copies.mark);
    copies.wrote(one.at.key, one.stored);
    expect([await opens(one, old), await opens(next, seal(next))]).toEqual([false, true]);
  });

  it('lasts for as long as a copy that it speaks against', async () => {
    const one = session();
    const copy = seal(one);
    copies.ended(one.at.key);
    clock.advance(AGE - 1);
    expect(await opens(one, copy)).toBe(false);
    clock.advance(AGE);
    expect(await opens(one, copy)).toBe(false);
  });

  it('is pushed out by nothing: when it is full no copy is believed, until those from before are too old', async () => {
    const [ended, other] = [session(), session()];
    const copy = seal(ended);
    copies.ended(ended.at.key);
    for (let n = 0; n < MAX_KNOWN; n++) copies.ended(`${n}`);
    expect([await opens(ended, copy), await opens(other, seal(other))]).toEqual([false, false]);
    clock.advance(AGE - 1);
    expect([await opens(ended, copy), await opens(other, seal(other))]).toEqual([false, false]);
    clock.advance(1);
    expect([await opens(ended, copy), await opens(other, seal(other))]).toEqual([false, true]);
  });
});
