import type { Clock } from '../core/clock.js';
import { digest } from '../core/digest.js';
import { absoluteDeadline, expiryOf, isExpired, type ExpiryPolicy } from '../core/deadlines.js';
import type { CookieRecord, SessionRecord } from '../core/record.js';
import { nextSealedId, sessionHandle } from '../core/session-id.js';
import { userIdOf } from '../core/user-id.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { IdpPlace } from '../core/idp-places.js';
import { idpHandle, idpUser, relatedEndings } from '../revocation/related-endings.js';
import { RevocationCheck } from '../revocation/revocation-check.js';
import { SealCache } from './seal-cache.js';
import { Sealer, type SealFault } from './sealer.js';
import { decodePayload, encodePayload } from './sealed-payload.js';
import type { SealedSettings } from './sealed-settings.js';

/** What a seal turned out to be. */
export type SealedLookup =
  | {
      readonly status: 'live';
      readonly id: string;
      readonly record: SessionRecord;
      /** To be sealed anew although nothing changed. */
      readonly outdated: boolean;
    }
  | {
      readonly status: 'expired';
      readonly id: string;
      readonly record: SessionRecord;
      readonly deadline: 'idle' | 'absolute';
    }
  | {
      readonly status: 'revoked';
      readonly id: string;
      readonly record: SessionRecord;
      /** The browser got, or is about to get, another session in its place. */
      readonly replaced: boolean;
      /** It goes on under another id since a moment ago, and this seal still reads it. */
      readonly late?: boolean;
    }
  | { readonly status: 'invalid'; readonly reason: SealFault | 'time' };

/** No cookie lives longer than this, and so no seal that a browser sends (RFC 6265bis, section 5.5). */
const LONGEST = 400 * 86_400_000;
const MOST_HANDLES = 5_000;
/** Other processes may have sealed a little later than our clock says. */
const MARGIN = 60_000;

/** Sessions that are sealed into cookies: reads and makes seals, and says which are over. */
export class SealedSessions {
  private readonly sealer: Sealer;
  private readonly cache: SealCache;
  private readonly check: RevocationCheck;
  // Hashing the id anew would be a good part of what a hot session costs.
  private readonly handles = new BoundedMap<string, string>(MOST_HANDLES);

  constructor(
    private readonly settings: SealedSettings,
    private readonly policy: ExpiryPolicy,
    private readonly clock: Clock,
    /** The attributes of a cookie that nobody has changed. */
    private readonly cookie: CookieRecord,
    /** Ids are renewed by age, and old ones read for so many milliseconds more. Undefined if they are not. */
    private readonly rotation?: { readonly grace: number },
  ) {
    const { passwords, interop, cookieName, revocation } = settings;
    this.sealer = new Sealer({ passwords, purpose: interop ? undefined : `session:${cookieName}` });
    this.cache = new SealCache(clock);
    this.check = new RevocationCheck(revocation, clock);
  }

  /** Rejects only when the revocation store is out of order. */
  async read(seal: string): Promise<SealedLookup> {
    const found = await this.open(seal);
    if (found.status !== 'live') return found;
    const { id, record } = found;
    if (!(await this.isOver(id, record))) return found;
    if (await this.isLate(id, record)) return { status: 'revoked', id, record, replaced: true, late: true };
    return { status: 'revoked', id, record, replaced: await this.check.wasReplaced(this.handleOf(id)) };
  }

  /** As {@link read}, and asks nobody: a session that another process ended is live all the same. */
  async peek(seal: string): Promise<SealedLookup> {
    const found = await this.open(seal);
    if (found.status !== 'live' || !this.isKnownOver(found.id, found.record)) return found;
    return { status: 'revoked', id: found.id, record: found.record, replaced: false };
  }

  private async open(seal: string): Promise<SealedLookup> {
    const opened = await this.cache.open(seal, (text) => this.sealer.open(text));
    if (!opened.ok) return { status: 'invalid', reason: opened.fault };
    const now = this.clock.now();
    const payload = decodePayload(opened.text, {
      policy: this.policy,
      foreignTtl: this.settings.interop ? this.settings.ttl : undefined,
      cookie: this.cookie,
      now,
      sealExpiresAt: opened.expiresAt,
      foreignId: () => digest(seal.split('~', 1)[0] ?? seal),
    });
    if (typeof payload === 'string') return { status: 'invalid', reason: payload };
    const { id, record, foreign } = payload;
    if (isExpired(record, this.policy, now)) {
      const overdue = now >= absoluteDeadline(record, this.policy);
      return { status: 'expired', id, record, deadline: overdue ? 'absolute' : 'idle' };
    }
    return { status: 'live', id, record, outdated: foreign || opened.outdated };
  }

  /** Whether somebody has ended the session. */
  async isOver(id: string, record: SessionRecord): Promise<boolean> {
    const handle = this.handleOf(id);
    if (await this.check.isOver(handle, userOf(record), record)) return true;
    for (const { handle: other, userId, login } of relatedEndings(handle, record)) {
      if (await this.check.isOver(other, userId, login)) return true;
    }
    return false;
  }

  /** Whether somebody has ended the session, whatever was known of it before. */
  isOverNow(id: string, record: SessionRecord): Promise<boolean> {
    return this.check.isOverNow(this.handleOf(id), userOf(record), record);
  }

  /** Whether a session that is over goes on under another id since a moment ago. */
  async isLate(id: string, record: SessionRecord): Promise<boolean> {
    if (!this.rotation || this.rotation.grace === 0) return false;
    const handle = this.handleOf(id);
    return this.check.isLate(handle, sessionHandle(nextSealedId(handle)), userOf(record), record);
  }

  /** Ends a session that goes on under {@link nextSealedId}. @returns false if it was over already */
  succeed(id: string, record: SessionRecord): Promise<boolean> {
    return this.check.succeed(this.handleOf(id), this.endOf(record), this.rotation?.grace ?? 0);
  }

  /** Whether this process has ended the session since it was read. Asks nobody. */
  isKnownOver(id: string, record: SessionRecord): boolean {
    const handle = this.handleOf(id);
    return (
      this.check.isKnownOver(handle, userOf(record), record) ||
      relatedEndings(handle, record).some((it) => this.check.isKnownOver(it.handle, it.userId, it.login))
    );
  }

  /**
   * Dates, and gives a login what {@link endUser} goes by.
   * @param before the record that this one changes; undefined for a new session
   * @returns undefined if the session is over
   */
  async prepare(id: string, record: SessionRecord, before?: SessionRecord): Promise<SessionRecord | undefined> {
    const userId = userOf(record);
    const same = before !== undefined && userOf(before) === userId;
    let epoch = before ? (same ? before.epoch : undefined) : record.epoch;
    if (userId !== undefined && epoch === undefined) {
      const current = await this.check.epochOf(this.handleOf(id), userId);
      // Whoever was logged in before by another library does not become new by being sealed again.
      if (same && (await this.check.isOver(this.handleOf(id), userId, before))) return undefined;
      epoch = current;
    }
    const dated = { ...record, expiresAt: expiryOf(record, this.policy) };
    return epoch === undefined ? dated : { ...dated, epoch };
  }

  seal(id: string, record: SessionRecord): string {
    const expiresAt = record.expiresAt >= NEVER ? Infinity : record.expiresAt;
    return this.sealer.seal(encodePayload({ id, record }, this.cookie), expiresAt);
  }

  /** Ends a session, and with it every copy of its seals. @returns false if it was over already */
  end(id: string, record: SessionRecord): Promise<boolean> {
    return this.endBoth(this.handleOf(id), this.endOf(record), (handle, until) => this.check.end(handle, until));
  }

  /** As {@link end}, for a session whose browser is about to get another one. */
  replace(id: string, record: SessionRecord): Promise<boolean> {
    return this.endBoth(this.handleOf(id), this.endOf(record), (handle, until) => this.check.replace(handle, until));
  }

  /** Ends a session by its public name. @returns false if it was ended already */
  endHandle(handle: string): Promise<boolean> {
    return this.endBoth(handle, this.clock.now() + LONGEST, (name, until) => this.check.end(name, until));
  }

  /** Ends every session of a user that has begun. */
  endUser(userId: string): Promise<void> {
    return this.check.endUser(userId, this.clock.now() + LONGEST);
  }

  private handleOf(id: string): string {
    const known = this.handles.get(id);
    if (known !== undefined) return known;
    const handle = sessionHandle(id);
    this.handles.set(id, handle);
    return handle;
  }

  /** Ends a session also where it goes on under its next id, or is about to. */
  private async endBoth(
    handle: string,
    until: number,
    end: (handle: string, until: number) => Promise<boolean>,
  ): Promise<boolean> {
    const first = await end(handle, until);
    if (!this.rotation) return first;
    const next = await end(sessionHandle(nextSealedId(handle)), until);
    return first || next;
  }

  /** Ends what came from a session or a subject at an identity provider. */
  async endPlace(place: IdpPlace): Promise<void> {
    const until = this.clock.now() + LONGEST;
    if (place.index === 'idp.sid') await this.check.end(idpHandle(place), until);
    else await this.check.endUser(idpUser(place), until);
  }

  /** What a session that comes from such a subject has to carry. */
  async placeEpoch(place: IdpPlace): Promise<string | undefined> {
    return place.index === 'idp.sub' ? this.check.epochOf(idpHandle(place), idpUser(place)) : undefined;
  }

  /** Whether this is the first call with this name. @param until when nobody asks any more */
  claim(name: string, until: number): Promise<boolean> {
    return this.check.end(name, until);
  }

  /** When the last seal of a session is over by itself. */
  private endOf(record: SessionRecord): number {
    const now = this.clock.now();
    // Another library seals a session again as long as it likes.
    return this.settings.interop
      ? Math.min(absoluteDeadline(record, this.policy), now + LONGEST)
      : Math.min(expiryOf({ ...record, lastSeenAt: now }, this.policy) + MARGIN, now + LONGEST);
  }
}

/** What `expiryOf` gives for a session that never ends. */
const NEVER = 8_640_000_000_000_000;

const userOf = (record: SessionRecord): string | undefined => {
  const id = userIdOf(record.data);
  return id === undefined ? undefined : String(id);
};
