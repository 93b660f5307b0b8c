import type { SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { HeldSession, Replacement, RotatedSession, Rotation } from '../engine/session-engine.js';
import type { BegunSession, SessionNames } from '../engine/session-names.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { IndexMaintainer } from '../registry/index-maintainer.js';
import type { IndexedRecords } from './indexed-records.js';
import type { StoredRecords } from './stored-records.js';

/** Stores sessions under new keys, and ends the one that they replace. */
export class SessionReplacement {
  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly names: SessionNames,
    private readonly stored: StoredRecords,
    private readonly records: IndexedRecords,
    private readonly maintainer: IndexMaintainer | undefined,
  ) {}

  /** See {@link SessionEngine.create}. */
  async create(begun: BegunSession, record: SessionRecord): Promise<HeldSession> {
    const fresh = await this.storeNew(begun, record);
    await this.add(fresh, true);
    return fresh;
  }

  /** See {@link SessionEngine.replace}. */
  async replace(
    before: HeldSession,
    fresh: HeldSession,
    { take, admits }: Replacement,
  ): Promise<HeldSession | undefined> {
    const terms = { known: before.stored, judge: admits, follow: true };
    const last = await this.records.end(before.key, 'replaced', terms);
    if (!last) return undefined;
    const data = take(last.record);
    if (data === undefined) return fresh;
    // Another request has changed the session before meanwhile: its changes are taken over.
    const stored = await this.records.write(fresh.key, fresh.stored, (record) => ({ record: { ...record, data } }));
    if (!stored) throw new SessionGoneError();
    return { ...fresh, stored };
  }

  /**
   * Moves a session to another key, where the key is the secret. Of concurrent requests one succeeds.
   * @returns undefined if the session is gone
   */
  async move(before: HeldSession, { next, req }: Rotation): Promise<RotatedSession | undefined> {
    const known = before.stored.record;
    const fresh = await this.storeNew(this.names.begin(req), next(known));
    const terms = { known: before.stored, movedTo: fresh.key };
    const last = await this.records.end(before.key, 'replaced', terms);
    if (!last) {
      await this.discard(fresh);
      return undefined;
    }
    // A revocation may have spared this session meanwhile: it is added with its current revocation times.
    const stored =
      last.record === known
        ? fresh.stored
        : await this.records.write(fresh.key, fresh.stored, () => ({ record: next(last.record) }));
    if (!stored) return undefined;
    const moved = { ...fresh, stored };
    await this.add(moved, false);
    return { ...moved, joined: false };
  }

  /** Deletes a session that no browser knows. */
  async discard({ key, stored }: HeldSession): Promise<void> {
    await this.stored.discard(key);
    await this.maintainer?.removeAll(key, stored.record);
  }

  private async storeNew(begun: BegunSession, record: SessionRecord): Promise<HeldSession> {
    const { key, handle, token, generation, secret } = begun;
    const dated = this.context.dated({ ...record, ...(secret && { secret }) });
    const noted = this.maintainer?.noted(dated) ?? dated;
    const version = await this.store.create(key, noted);
    if (version === undefined) {
      throw new SessionStoreError('The name of a new session is taken already. Check the genid option.');
    }
    const stored = { record: noted, version };
    this.stored.created(key, stored);
    return { key, handle, token, generation, stored, send: token };
  }

  /** @param counts whether it counts for the limit, as a session that replaces no other one does */
  private async add({ key, stored }: HeldSession, counts: boolean): Promise<void> {
    try {
      await this.maintainer?.add(key, stored.record, counts);
    } catch (error) {
      await this.stored.discard(key).catch(() => undefined);
      throw error;
    }
  }
}
