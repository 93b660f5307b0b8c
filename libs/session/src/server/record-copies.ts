import { isExpired, isRenewalDue } from '../core/deadlines.js';
import { shortDigest } from '../core/digest.js';
import { isTime, parseJson } from '../core/json.js';
import { isSession, type SessionRecord } from '../core/record.js';
import { decodeRecord, encodeRecord } from '../core/record-format.js';
import { TimedMap } from '../core/timed-map.js';
import type { HeldSession, SessionCopies } from '../engine/session-engine.js';
import type { PresentedToken, SessionNames } from '../engine/session-names.js';
import { SealCache } from '../seals/seal-cache.js';
import { Sealer } from '../seals/sealer.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredRecord, StoredSession } from '../stores/session-store.js';

/** The version of a record that came as a copy: the store has to be asked before it is written. */
export const COPIED = '';

/** How many sessions are remembered. With more, no copy is accepted for a while. */
const MAX_KNOWN = 200_000;

/** Which session a copy is of, and of which secret of it. */
type Opener = Pick<PresentedToken, 'key' | 'generation'>;

/** What this process knows of a session. */
interface Known {
  /** The session is over, which is final for a name. */
  readonly ended: boolean;
  readonly generation: number;
  readonly version: string;
  /** Grows with every note. */
  readonly order: number;
}

/**
 * Sealed copies of records in browsers, so that most requests need not ask the store. A copy is valid for a while, only
 * together with a token of its own generation, and not if this process knows a later version. Any holder of a secret could
 * make copies, so only the newest secret seals and opens them.
 */
export class RecordCopies implements SessionCopies {
  private readonly sealer: Sealer;
  private readonly cache: SealCache;
  private readonly known: TimedMap<string, Known>;
  private order = 0;

  /** @param age how long (ms) a copy is valid */
  constructor(
    private readonly options: ResolvedSessionOptions,
    private readonly names: SessionNames,
    private readonly age: number,
  ) {
    const [newest = ''] = options.secrets;
    const secret = Buffer.from(newest).toString('base64');
    const id = shortDigest(`cache:${secret}`).replaceAll('-', '_').slice(0, 8);
    this.sealer = new Sealer({ passwords: [{ id, secret }], purpose: `cache:${options.name}` });
    this.cache = new SealCache(options.clock);
    this.known = new TimedMap(options.clock, age, MAX_KNOWN);
  }

  /** @returns undefined if the store has to be asked, also because a renewal is due */
  async open({ key, generation }: Opener, token: string, copy: string): Promise<SessionRecord | undefined> {
    const opened = await this.cache.open(copy, (text) => this.sealer.open(text));
    if (!opened.ok) return undefined;
    const payload = parseJson(opened.text);
    if (!Array.isArray(payload)) return undefined;
    const [of, made, version, sealedAt, text] = payload as unknown[];
    const now = this.options.clock.now();
    // Opening a seal does not check times, so the age in the copy is checked here.
    if (of !== key || made !== generation || !isTime(sealedAt) || sealedAt > now || now >= sealedAt + this.age)
      return undefined;
    if (now < this.known.forgot + this.age || !this.isNewest(key, generation, version)) return undefined;
    const record = decodeRecord(text, now);
    if (!record || !isSession(record) || this.names.statusOf(token, record) !== 'current') return undefined;
    return isExpired(record, this.options, now) || isRenewalDue(record, this.options, now) ? undefined : record;
  }

  /** See {@link SessionCopies.of}. */
  of(held: HeldSession): string | undefined {
    // The version of a record that was only read costs a hash.
    return held.stored.version === COPIED ? undefined : this.seal(held, held.stored);
  }

  /** A copy of the stored session for its browser. */
  seal({ key, generation }: Opener, { record, version }: StoredSession): string {
    const now = this.options.clock.now();
    const payload = [key, generation, shortDigest(version), now, encodeRecord(record)];
    return this.sealer.seal(JSON.stringify(payload), now + this.age);
  }

  /** The `mark` for {@link read} of a read that begins now. */
  get mark(): number {
    return this.order;
  }

  /** Notes the result of a read. Notes that were made during the read are newer. */
  read(key: string, stored: StoredRecord | undefined, mark: number): void {
    const known = this.known.get(key);
    if (known && (known.ended || known.order > mark)) return;
    if (!stored || !isSession(stored.record)) this.ended(key);
    else this.note(key, stored.record, stored.version);
  }

  /** Notes a write by this process. */
  wrote(key: string, { record, version }: StoredSession): void {
    if (!this.known.get(key)?.ended) this.note(key, record, version);
  }

  /** Notes that a session is over: its copies are not valid in this process any more. */
  ended(key: string): void {
    this.known.set(key, { ended: true, generation: Infinity, version: '', order: ++this.order });
  }

  private note(key: string, { secret }: SessionRecord, version: string): void {
    const { generation = 0 } = secret ?? {};
    if (generation < (this.known.get(key)?.generation ?? 0)) return;
    this.known.set(key, { ended: false, generation, version: shortDigest(version), order: ++this.order });
  }

  private isNewest(key: string, generation: number, version: unknown): boolean {
    const known = this.known.get(key);
    if (!known) return true;
    return !known.ended && generation >= known.generation && version === known.version;
  }
}
