import { absoluteDeadline, isExpired } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import type { SessionStoreError } from '../errors/session-store.error.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { readFresh, stalenessOf, type SessionStore, type StoredSession } from '../stores/session-store.js';
import { successorOf } from '../engine/tombstones.js';
import { ROTATED } from '../registry/index-sweeper.js';
import type { RecordCopies } from './record-copies.js';
import type { Found } from '../engine/session-engine.js';
import type { SessionKeys } from './session-keys.js';
import type { Described, EventReporter } from '../engine/event-reporter.js';
import { COPIED } from './stored-records.js';

/** What sessions are looked up with. */
export interface LookupParts {
  readonly options: ResolvedSessionOptions;
  readonly store: SessionStore;
  readonly keys: SessionKeys;
  readonly copies: RecordCopies | undefined;
  readonly reports: EventReporter;
  describe(id: string, record: SessionRecord): Described;
  /** Ends a session that was found to be over. @returns undefined if somebody else has */
  delete(id: string): Promise<StoredSession | undefined>;
  /** Reports that the store is out of order. */
  failed(operation: string, error: unknown): SessionStoreError;
}

/** Finds the session of an id in a store, and whether it goes on. */
export class SessionLookup {
  constructor(private readonly parts: LookupParts) {}

  /**
   * See {@link SessionEngine.find}. Every request comes through here, so it asks the store once and nothing else.
   * @param fresh see {@link SessionEngine.findFresh}
   */
  async find(id: string, copy: string | undefined, fresh = false): Promise<Found> {
    const { store, keys, copies, options } = this.parts;
    const record = copy === undefined ? undefined : await copies?.open(id, copy);
    if (record) return { status: 'live', id, stored: { record, version: COPIED }, outdated: false };
    const key = keys.keyOf(id);
    let stored: StoredSession | undefined;
    try {
      stored = await (fresh ? readFresh(store, key) : store.read(key));
    } catch (error) {
      throw this.parts.failed('read', error);
    }
    copies?.note(id, stored);
    if (!stored) return this.findMark(id, key);
    const successor = successorOf(stored);
    if (successor !== undefined) return this.findLate(id, stored.record, successor);
    const now = options.clock.now();
    const overdue = now >= absoluteDeadline(stored.record, options);
    if (overdue || (!store.keepsIdleDeadline && isExpired(stored.record, options, now))) {
      // Somebody may have pushed the deadline on since: nothing is deleted because of how it was.
      if (!fresh && stalenessOf(store) > 0) return this.find(id, undefined, true);
      // Nobody waits for the cleaning up, and a store that is down has said so already.
      this.clear(id, stored.record, overdue ? 'absolute' : 'idle').catch(() => undefined);
      return { status: 'missing' };
    }
    // A record that express-session wrote gets our fields, without which it has no absolute deadline.
    return { status: 'live', id, stored, outdated: stored.record.lastSeenAt === 0 };
  }

  /** Of the requests that find a session over, in whatever process, the one that deletes it tells. */
  private async clear(id: string, record: SessionRecord, deadline: 'idle' | 'absolute'): Promise<void> {
    if (await this.parts.delete(id)) this.parts.reports.expired(this.parts.describe(id, record), deadline);
  }

  /** Why there is no session under a key. */
  private async findMark(id: string, key: string): Promise<Found> {
    const mark = await this.read(key + ROTATED);
    if (!mark || mark.record.expiresAt <= this.parts.options.clock.now()) return { status: 'missing' };
    const { facts, createdAt } = mark.record;
    if (!facts?.ended) this.parts.reports.givenUp(sessionHandle(id), createdAt);
    return { status: facts?.ended ?? 'rotated' };
  }

  /** The session of an id that was renewed: it can be read for a moment, if it has not ended. */
  private async findLate(id: string, mark: SessionRecord, successor: string): Promise<Found> {
    const { options, reports } = this.parts;
    const { clock, rotationGrace = 0 } = options;
    const now = clock.now();
    if (now >= mark.expiresAt) return { status: 'missing' };
    if (now >= mark.createdAt + rotationGrace) {
      reports.givenUp(sessionHandle(id), mark.createdAt);
      return { status: 'rotated' };
    }
    const stored = await this.read(successor);
    if (!stored || successorOf(stored) !== undefined || isExpired(stored.record, options, now))
      return { status: 'rotated' };
    return { status: 'live', id, stored, outdated: false, late: true };
  }

  private async read(key: string): Promise<StoredSession | undefined> {
    try {
      return await this.parts.store.read(key);
    } catch (error) {
      throw this.parts.failed('read', error);
    }
  }
}
