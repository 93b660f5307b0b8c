import type { SessionRecord } from '../core/record.js';
import type { Clock } from '../core/clock.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { successorOf } from '../engine/tombstones.js';
import type { Saved } from '../engine/session-engine.js';
import type { IndexMaintainer } from '../registry/index-maintainer.js';
import { COPIED, type StoredRecords } from './stored-records.js';

/** What deadlines are pushed on with. */
export interface RenewalParts {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly indexing: IndexMaintainer | undefined;
  readonly records: StoredRecords;
  /** Sessions may go by another id at any time: ids are renewed by age. */
  readonly idsChange: boolean;
  ask<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** The record with the deadline that its times give. */
  dated(record: SessionRecord): SessionRecord;
}

/** Pushes the idle deadlines of stored sessions on. */
export class DeadlineRenewal {
  private readonly underWay = new Set<string>();

  constructor(private readonly parts: RenewalParts) {}

  /** See {@link SessionEngine.renew}. */
  async renew(key: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<Saved | undefined> {
    const { store, clock, indexing, records } = this.parts;
    if (this.parts.idsChange) return this.renewUnderAnyId(key, stored, cookie);
    const known = await records.uncopied(key, stored);
    if (!known) return undefined;
    const record = this.parts.dated({ ...known.record, cookie, lastSeenAt: clock.now() });
    const change = await indexing?.change(known.record, record);
    const noted = change?.record ?? record;
    // Sent together: an entry that is pushed on for a session that is gone is removed again.
    const [version, stands = true] = await Promise.all([
      this.parts.ask('renew', () => store.renew(key, noted, known.version)),
      change && indexing?.follow(key, change),
    ]);
    if (version === undefined) await indexing?.reader.leaveAll(key, noted);
    if (version === undefined || !stands) return undefined;
    // The version may be that of somebody who saved meanwhile, so it goes with no values that we know.
    return stored;
  }

  /** Requests that come together all find a renewal due, and one of them does it. */
  async renewOnce(key: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    if (this.underWay.has(key)) return true;
    this.underWay.add(key);
    try {
      return (await this.renew(key, stored, cookie)) !== undefined;
    } finally {
      this.underWay.delete(key);
    }
  }

  /** As {@link renew}, where the session may go by another id meanwhile. */
  private async renewUnderAnyId(
    key: string,
    stored: StoredSession,
    cookie: SessionRecord['cookie'],
  ): Promise<Saved | undefined> {
    const { clock, records } = this.parts;
    if (stored.version === COPIED && successorOf(await records.uncopied(key, stored)) !== undefined)
      return { ...stored, renamed: true };
    const renewed = await records.write(key, stored, (theirs) => {
      const { ip, userAgent } = stored.record.facts ?? {};
      const client = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
      const facts = ip === undefined && userAgent === undefined ? theirs.facts : { ...theirs.facts, ...client };
      const seen = { ...theirs, cookie, ...(facts && { facts }), lastSeenAt: clock.now() };
      return { record: seen, conflicts: [] };
    });
    return renewed && { ...stored, ...(renewed.renamed && { renamed: true }) };
  }
}
