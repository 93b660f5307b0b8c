import { isExpired } from '../core/deadlines.js';
import type { RevokedBefore, SessionRecord, SessionValues } from '../core/record.js';
import { actedOf, personOf, type UserKeyOf } from '../core/user-key.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { ListedSession, SessionDirectory } from '../engine/session-directory.js';
import { applyUpdate } from '../engine/session-json.js';
import type { SessionNames } from '../engine/session-names.js';
import { requireSize } from '../engine/size-limit.js';
import { MAX_ENTRY_LIFETIME, type IndexKey, type SessionIndex } from '../stores/indexed-store.js';
import { isStoredSession } from '../stores/session-store.js';
import type { IndexedSession, IndexSweeper } from './index-sweeper.js';
import { actedKeyOf, handleKeyOf, latestOf, userKeyOf } from './index-keys.js';
import type { RecordWriter } from './record-writer.js';

/** Finds, ends and changes sessions from outside of their requests, by the index of a store. */
export class IndexedSessions implements SessionDirectory {
  /** @param records writes and ends records together with their index entries */
  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly index: SessionIndex,
    private readonly names: SessionNames,
    private readonly sweeper: IndexSweeper,
    private readonly records: RecordWriter,
  ) {}

  async get(handle: string): Promise<ListedSession | undefined> {
    const session = await this.byHandle(handle);
    return session && this.listed(session);
  }

  async ofUser(userId: string | number): Promise<ListedSession[]> {
    const found = await this.byUser(userId);
    return found.map((session) => this.listed(session));
  }

  async withOthers(handle: string, most: number): Promise<{ own: ListedSession; others: ListedSession[] } | undefined> {
    const own = await this.byHandle(handle);
    const person = own && personOf(own.stored.record, this.context.options.userKey);
    if (!own || person === undefined) return undefined;
    const found = await this.sweeper.look(userKeyOf(person), most + 1);
    const others = found.filter(({ key }) => key !== own.key).slice(-most);
    return { own: this.listed(own), others: others.map((session) => this.listed(session)) };
  }

  async at(indexKey: IndexKey): Promise<ListedSession[]> {
    return (await this.sweeper.look(indexKey)).map((session) => this.listed(session));
  }

  async end(handle: string): Promise<SessionRecord | undefined> {
    const key = await this.keyOf(handle);
    return key === undefined ? undefined : (await this.records.end(key, 'revoked'))?.record;
  }

  async endUser(userId: string | number, except?: string): Promise<number> {
    const indexKeys = [userKeyOf(userId), actedKeyOf(userId)];
    const times = await Promise.all(indexKeys.map((indexKey) => this.index.revokedBefore(indexKey)));
    const at = Math.max(this.context.now(), ...times.map((time) => time + 1));
    const kept = except === undefined ? undefined : await this.exempt(except, String(userId), at);
    return this.endAll(indexKeys, at, kept);
  }

  async endAt(indexKey: IndexKey): Promise<number> {
    const time = await this.index.revokedBefore(indexKey);
    return this.endAll([indexKey], Math.max(this.context.now(), time + 1), undefined);
  }

  async update(
    of: string | { readonly userId: string | number },
    change: (values: SessionValues) => unknown,
  ): Promise<number> {
    const one = typeof of === 'string' ? await this.byHandle(of) : undefined;
    const sessions = typeof of === 'string' ? (one ? [one] : []) : await this.byUser(of.userId);
    const userId = typeof of === 'string' ? undefined : String(of.userId);
    const changed = await Promise.all(
      sessions.map(({ key, stored }) =>
        this.records.write(key, stored, (theirs) => ({ record: this.updated(theirs, change, userId) })),
      ),
    );
    return changed.filter((stored) => stored !== undefined).length;
  }

  /** Ends all sessions of some index keys, including those that are about to be added. */
  private async endAll(indexKeys: readonly IndexKey[], at: number, kept: string | undefined): Promise<number> {
    const until = this.context.now() + MAX_ENTRY_LIFETIME;
    const members = await Promise.all(indexKeys.map((indexKey) => this.index.revokeBefore(indexKey, at, until)));
    const ended = await Promise.all(
      members.flatMap((found, n) =>
        found.map(async (member) => {
          if (member.key === kept) return undefined;
          const last = await this.records.end(member.key, 'revoked');
          // A record names all its index keys; of an entry without a record only this one is known.
          const indexKey = indexKeys[n];
          if (!last && indexKey) await this.index.remove(indexKey, member);
          return last && member.key;
        }),
      ),
    );
    return new Set(ended.filter((key) => key !== undefined)).size;
  }

  /** Exempts one session from a revocation that is about to be written. @returns its key */
  private async exempt(handle: string, userId: string, at: number): Promise<string | undefined> {
    const session = await this.byHandle(handle);
    if (!session) return undefined;
    await this.records.write(session.key, session.stored, (theirs) => ({
      record: {
        ...theirs,
        revokedBefore: latestOf(theirs.revokedBefore, exemptedAt(theirs, userId, at, this.context.options.userKey)),
      },
    }));
    return session.key;
  }

  /**
   * @param userId whose values to change: during an impersonation, those of the actor are suspended. Undefined for the
   * values that the session shows.
   */
  private updated(
    theirs: SessionRecord,
    change: (values: SessionValues) => unknown,
    userId: string | undefined,
  ): SessionRecord {
    const { options } = this.context;
    const { facts } = theirs;
    const { actor, suspended } = facts ?? {};
    const waiting =
      userId !== undefined && actor && personOf(theirs, options.userKey) === userId ? suspended : undefined;
    const { values } = applyUpdate(waiting?.values ?? theirs.data, change);
    requireSize(values, options);
    return waiting
      ? { ...theirs, facts: { ...facts, suspended: { ...waiting, values } } }
      : { ...theirs, data: values };
  }

  private async byUser(userId: string | number): Promise<IndexedSession[]> {
    const found = await Promise.all(
      [userKeyOf(userId), actedKeyOf(userId)].map((indexKey) => this.sweeper.look(indexKey)),
    );
    return [...new Map(found.flat().map((session) => [session.key, session])).values()];
  }

  private async byHandle(handle: string): Promise<IndexedSession | undefined> {
    const key = await this.keyOf(handle);
    const stored = key === undefined ? undefined : await this.store.readFresh(key);
    if (key === undefined || !isStoredSession(stored)) return undefined;
    return isExpired(stored.record, this.context.options, this.context.now()) ? undefined : { key, stored };
  }

  private async keyOf(handle: string): Promise<string | undefined> {
    if (this.names.rotatesInPlace) return this.names.parseHandle(handle);
    const [member] = await this.index.members(handleKeyOf(handle));
    return member?.key;
  }

  private listed({ key, stored }: IndexedSession): ListedSession {
    return { handle: this.names.handleOf(key), record: stored.record };
  }
}

function exemptedAt(record: SessionRecord, userId: string, at: number, keyOf: UserKeyOf | undefined): RevokedBefore {
  return {
    ...(personOf(record, keyOf) === userId && { user: at }),
    ...(actedOf(record, keyOf) === userId && { acted: at }),
  };
}
