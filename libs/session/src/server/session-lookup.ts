import { absoluteDeadline, isExpired, isFromFuture, MAX_LATENESS } from '../core/deadlines.js';
import type { SessionRecord, Tombstone } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { Found, PresentedSession } from '../engine/session-engine.js';
import type { PresentedToken, SessionNames } from '../engine/session-names.js';
import { isStoredSession, type StoredRecord, type StoredSession } from '../stores/session-store.js';
import type { IndexedRecords } from './indexed-records.js';
import { COPIED, type RecordCopies } from './record-copies.js';

const MISSING: Found = { status: 'missing' };

/** Finds the session of a token in a store, and decides whether it is live. */
export class SessionLookup {
  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly names: SessionNames,
    private readonly copies: RecordCopies | undefined,
    private readonly records: IndexedRecords,
  ) {}

  /**
   * See {@link SessionEngine.find}. On the path of every request, so it only asks the store once.
   * @param fresh see {@link SessionEngine.findFresh}
   */
  async find(token: string, copy: string | undefined, fresh = false): Promise<Found> {
    const { names, copies, store } = this;
    const presented = names.parse(token);
    if (!presented) return MISSING;
    if (copies && copy !== undefined) {
      const record = await copies.open(presented, token, copy);
      if (record) return this.live(presented, token, { record, version: COPIED }, token);
    }
    const { key } = presented;
    const mark = copies?.mark ?? 0;
    const stored = await (fresh ? store.readFresh(key) : store.read(key));
    copies?.read(key, stored, mark);
    if (isStoredSession(stored)) return this.judge(presented, token, stored, fresh || store.staleness === 0);
    return stored ? this.other(presented, stored) : MISSING;
  }

  /** @param certain whether the record is current, and not from a cache of this process */
  private judge(
    presented: PresentedToken,
    token: string,
    stored: StoredSession,
    certain: boolean,
  ): Found | Promise<Found> {
    const { names, context } = this;
    const { record } = stored;
    const status = names.statusOf(token, record);
    const now = context.options.clock.now();
    const overdue = now >= absoluteDeadline(record, context.options);
    const over = overdue || (!this.store.keepsIdleDeadline && now >= record.expiresAt);
    const future = isFromFuture(record, now);
    if (status === 'current' && !over && !future) return this.live(presented, token, stored, token);
    // The cached record may be older than the cookie, or than the last renewal.
    if (!certain) return this.find(token, undefined, true);
    const session: PresentedSession = { key: presented.key, handle: presented.handle, stored };
    if (over) {
      // No request waits for the deletion, and an outage has been reported already.
      this.clear(session, stored, overdue ? 'absolute' : 'idle').catch(() => undefined);
      return { status: 'missing', presented: session, ending: 'expired' };
    }
    if (status === 'replaced') return this.replaced(session, record, now);
    if (status === 'grace') return this.live(presented, token, stored, names.current(token, record, now));
    context.reporter.invalid(this.subject(session, record), status === 'ahead' ? 'ahead' : 'time');
    return { status: 'missing', presented: session };
  }

  private live(
    { key, handle, generation }: PresentedToken,
    token: string,
    stored: StoredSession,
    send: string | undefined,
  ): Found {
    const held = { key, handle, token, generation, stored, send };
    // A record of express-session lacks the fields that the absolute deadline needs: they are written.
    return { status: 'live', held, outdated: stored.record.lastSeenAt === 0 };
  }

  private replaced(presented: PresentedSession, record: SessionRecord, now: number): Found {
    const { secret } = record;
    if (!secret || now < secret.at + MAX_LATENESS) return { status: 'replaced', presented };
    this.context.reporter.reuse(this.subject(presented, record), secret);
    if (this.context.options.onReuse === 'end') this.endReused(presented).catch(() => undefined);
    return { status: 'missing', presented };
  }

  private async endReused({ key, handle, stored }: PresentedSession): Promise<void> {
    const last = await this.records.end(key, 'revoked', { known: stored });
    if (last) this.context.events.emit('revoked', { ...this.subject({ handle }, last.record), reason: 'reuse' });
  }

  /** What is stored under the key is no session. */
  private other({ key, handle }: PresentedToken, { record }: StoredRecord): Found {
    const presented = { key, handle };
    if (record.kind === 'tombstone') return this.ended(presented, record);
    if (record.kind === 'unknown') this.context.reporter.invalid({ handle: presented.handle }, 'version');
    return MISSING;
  }

  private ended(presented: PresentedSession, { ended, expiresAt }: Tombstone): Found {
    if (this.context.now() >= expiresAt) return MISSING;
    // After a login or a logout the browser has another cookie, or none.
    if (ended === 'replaced' || ended === 'signed-out') return { status: 'replaced', presented };
    return { status: 'missing', presented, ending: ended };
  }

  /** If several requests, in any process, find a session expired, only the one that ends it reports it. */
  private async clear(session: PresentedSession, known: StoredSession, deadline: 'idle' | 'absolute'): Promise<void> {
    const { context } = this;
    const judge = (record: SessionRecord) => isExpired(record, context.options, context.now());
    const last = await this.records.end(session.key, 'expired', { known, judge });
    if (last) context.reporter.expired(this.subject(session, last.record), deadline);
  }

  private subject({ handle }: Pick<PresentedSession, 'handle'>, { data, facts }: SessionRecord) {
    return this.context.describe(handle, data, facts);
  }
}
