import type { IdpPlace } from '../core/idp-places.js';
import type { SessionRecord } from '../core/record.js';
import { nextSealedId, sessionHandle } from '../core/session-id.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { SessionEngine, type Change, type Found, type NextId, type Saved } from '../engine/session-engine.js';
import { restoreCookie } from '../engine/cookie-record.js';
import type { SessionEvents } from '../events/session-events.js';
import { setCookieOf } from '../http/transport/session-cookie.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { BoundedMap } from '../core/bounded-map.js';
import { splitSeal } from '../seals/seal-cookies.js';
import type { SealedSessions } from '../seals/sealed-sessions.js';
import type { StoredSession } from '../stores/session-store.js';

/** Sessions that were sealed by this process a moment ago. */
const MOST = 10_000;

/** The engine whose sessions are sealed into the cookie. The version of a stored session is its seal. */
export class SealedEngine extends SessionEngine {
  readonly recordInCookie = true;
  /** The newest seal of a session, to notice when an older one is written over it. */
  private readonly newest = new BoundedMap<string, string>(MOST);

  constructor(
    options: ResolvedSessionOptions,
    events: SessionEvents,
    private readonly sessions: SealedSessions,
    private readonly chunk: boolean,
  ) {
    super(options, events);
  }

  tokenOf(_id: string, stored: StoredSession): string {
    return stored.version;
  }

  async find(token: string): Promise<Found> {
    const found = await this.ask('revocation', () => this.sessions.read(token));
    switch (found.status) {
      case 'live': {
        const { id, record, outdated } = found;
        return { status: 'live', id, stored: { record, version: token }, outdated };
      }
      case 'expired':
        this.reports.expired(this.describe(found.id, found.record.data, found.record.facts), found.deadline);
        break;
      case 'revoked':
        // A late request, and nobody with a copy.
        if (found.late)
          return {
            status: 'live',
            id: found.id,
            stored: { record: found.record, version: token },
            outdated: false,
            late: true,
          };
        if (found.replaced) return { status: 'rotated' };
        this.events.emit('invalid', { reason: 'revoked', ...this.describe(found.id, found.record.data) });
        break;
      default:
        this.events.emit('invalid', { reason: found.reason });
    }
    return { status: 'missing' };
  }

  override async requireStorable(id: string, record: SessionRecord): Promise<void> {
    const dated = this.dated(record);
    // The longest that an epoch is.
    const epoch = dated.epoch ?? '0'.repeat(26);
    this.requireFit(this.sessions.seal(id, { ...dated, epoch }), dated);
  }

  async create(id: string, record: SessionRecord): Promise<StoredSession> {
    const prepared = await this.ask('revocation', () => this.sessions.prepare(id, record));
    return this.sealed(id, prepared ?? record);
  }

  async save(id: string, { base, mine, stored }: Change): Promise<StoredSession | undefined> {
    if (await this.isOver(id, stored)) {
      // Nothing can be added to a seal that another response carries.
      if (await this.ask('revocation', () => this.sessions.isLate(id, stored.record))) throw new SessionRotatedError();
      return undefined;
    }
    const seen = { ...mine, lastSeenAt: Math.max(mine.lastSeenAt, stored.record.lastSeenAt) };
    const prepared = await this.ask('revocation', () => this.sessions.prepare(id, seen, stored.record));
    if (!prepared) return undefined;
    const newest = this.newest.get(id);
    const saved = await this.sealed(id, prepared);
    if (newest !== undefined && newest !== stored.version) {
      // Nobody can keep both: the browser has one cookie. At least it is told.
      const keys = Object.keys({ ...base, ...mine.data }).filter((key) => differs(base[key], mine.data[key]));
      this.events.emit('conflict', { ...this.describe(id, mine.data, mine.facts), keys });
    }
    return saved;
  }

  update(): Promise<never> {
    return Promise.reject(SessionUsageError.needsStore('update()'));
  }

  async renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<Saved | undefined> {
    if (await this.isOver(id, stored)) {
      const late = await this.ask('revocation', () => this.sessions.isLate(id, stored.record));
      return late ? { ...stored, renamed: true } : undefined;
    }
    return this.sealed(id, this.dated({ ...stored.record, cookie, lastSeenAt: this.options.clock.now() }));
  }

  async renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    return (await this.renew(id, stored, cookie)) !== undefined;
  }

  async delete(id: string, stored: StoredSession): Promise<StoredSession | undefined> {
    this.newest.delete(id);
    return (await this.ask('revocation', () => this.sessions.end(id, stored.record))) ? stored : undefined;
  }

  async retire(id: string, stored: StoredSession): Promise<StoredSession | undefined> {
    this.newest.delete(id);
    return (await this.ask('revocation', () => this.sessions.replace(id, stored.record))) ? stored : undefined;
  }

  async succeed(
    id: string,
    stored: StoredSession,
    next: NextId,
  ): Promise<{ readonly id: string; readonly stored: StoredSession } | undefined> {
    const nextId = nextSealedId(sessionHandle(id));
    const made = next.make(stored.record);
    const record = await this.ask('revocation', () => this.sessions.prepare(nextId, made, stored.record));
    if (!record) return undefined;
    const sealed = await this.sealed(nextId, record).catch((error: unknown) => {
      // A session that just fits goes on as it is.
      if (error instanceof SessionTooLargeError) return undefined;
      throw error;
    });
    if (!sealed || !(await this.ask('revocation', () => this.sessions.succeed(id, stored.record)))) return undefined;
    this.newest.delete(id);
    return { id: nextId, stored: sealed };
  }

  /** Where ids are renewed by age, a cookie with an old one would undo another response's: then the store is asked. */
  private async isOver(id: string, stored: StoredSession): Promise<boolean> {
    if (this.options.rotateAfter === undefined) return this.sessions.isKnownOver(id, stored.record);
    return this.ask('revocation', () => this.sessions.isOverNow(id, stored.record));
  }

  lock(): Promise<never> {
    return Promise.reject(SessionUsageError.needsStore('@SessionLock()'));
  }

  override async revoke(handle: string): Promise<boolean> {
    return this.ask('revocation', () => this.sessions.endHandle(handle));
  }

  override async revokePlace(place: IdpPlace): Promise<undefined> {
    await this.ask('revocation', () => this.sessions.endPlace(place));
  }

  override placeEpoch(place: IdpPlace): Promise<string | undefined> {
    return this.ask('revocation', () => this.sessions.placeEpoch(place));
  }

  override claim(name: string, until: number): Promise<boolean> {
    return this.ask('revocation', () => this.sessions.claim(name, until));
  }

  override async revokeUser(userId: string | number, except?: string): Promise<undefined> {
    if (except !== undefined) throw SessionUsageError.needsIndex('revokeAll() with except, or revokeOthers(),');
    await this.ask('revocation', () => this.sessions.endUser(String(userId)));
  }

  private async sealed(id: string, record: SessionRecord): Promise<StoredSession> {
    const seal = this.sessions.seal(id, record);
    this.requireFit(seal, record);
    this.newest.set(id, seal);
    return { record, version: seal };
  }

  /** What does not fit is refused here, while somebody can still answer for it. */
  private requireFit(seal: string, record: SessionRecord): void {
    const { name, clock } = this.options;
    const cookie = restoreCookie(record.cookie);
    if (record.cookie.originalMaxAge !== null) cookie.expires = new Date(record.expiresAt);
    splitSeal(seal, setCookieOf(name, '', cookie, clock.now()), this.chunk, record.data);
  }
}

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
