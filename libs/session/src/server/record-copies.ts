import { isExpired, isRenewalDue } from '../core/deadlines.js';
import { shortDigest } from '../core/digest.js';
import type { CookieRecord, SessionRecord } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import { BoundedMap } from '../core/bounded-map.js';
import { SealCache } from '../seals/seal-cache.js';
import { decodePayload, encodePayload } from '../seals/sealed-payload.js';
import { Sealer } from '../seals/sealer.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { newCookie, recordCookie } from '../engine/cookie-record.js';

/** Sessions whose newest version is remembered. */
const MOST = 10_000;
const ENDED = 'ended';

/**
 * Copies of records that browsers carry, sealed, so that most requests need not ask the store. A copy opens for a while,
 * for its own session only, and not where this process knows of a later version.
 */
export class RecordCopies {
  private readonly sealer: Sealer;
  private readonly cache: SealCache;
  private readonly usual: CookieRecord;
  private readonly newest = new BoundedMap<string, string>(MOST);

  /** @param age milliseconds that a copy is good for */
  constructor(
    private readonly options: ResolvedSessionOptions,
    private readonly age: number,
  ) {
    const passwords = options.secrets.map((secret) => {
      const text = Buffer.from(secret).toString('base64');
      return { id: shortDigest(`cache:${text}`).replaceAll('-', '_').slice(0, 8), secret: text };
    });
    this.sealer = new Sealer({ passwords, purpose: `cache:${options.name}` });
    this.cache = new SealCache(options.clock);
    this.usual = recordCookie(newCookie(options.cookie, false));
  }

  /** @returns undefined if the store has to be asked: for a renewal it has to as well */
  async open(id: string, copy: string): Promise<SessionRecord | undefined> {
    const opened = await this.cache.open(copy, (text) => this.sealer.open(text));
    const now = this.options.clock.now();
    if (!opened.ok) return undefined;
    const payload = decodePayload(opened.text, {
      policy: this.options,
      foreignTtl: undefined,
      cookie: this.usual,
      now,
      sealExpiresAt: Infinity,
      foreignId: () => '',
    });
    if (typeof payload === 'string') return undefined;
    const handle = sessionHandle(id);
    const [of, version, until] = payload.id.split('.');
    // To open a seal looks at no time.
    if (now >= Number(until)) return undefined;
    const newest = this.newest.get(handle);
    if (of !== handle || (newest !== undefined && newest !== version)) return undefined;
    const { record } = payload;
    return isExpired(record, this.options, now) || isRenewalDue(record, this.options, now) ? undefined : record;
  }

  /** A copy of what is stored, for its browser. */
  seal(id: string, { record, version }: StoredSession): string {
    const until = this.options.clock.now() + this.age;
    const of = `${sessionHandle(id)}.${shortDigest(version)}.${until}`;
    return this.sealer.seal(encodePayload({ id: of, record }, this.usual), until);
  }

  /** Tells what is stored now: no copy of another version opens in this process. */
  note(id: string, stored: Pick<StoredSession, 'version'> | undefined): void {
    this.noteHandle(sessionHandle(id), stored);
  }

  /** As {@link note}, by the public name of the session. */
  noteHandle(handle: string, stored: Pick<StoredSession, 'version'> | undefined): void {
    this.newest.set(handle, stored ? shortDigest(stored.version) : ENDED);
  }
}
