import type { IdpPlace } from '../core/idp-places.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { isReporting, type StoreReport } from '../stores/store-reports.js';
import { isIndexed } from '../stores/indexed-store.js';
import { markOf, moveSession } from '../engine/tombstones.js';
import { ROTATED } from '../registry/index-sweeper.js';
import { indexingContext } from '../registry/indexing-context.js';
import { RecordCopies } from './record-copies.js';
import { IndexedSessions } from '../registry/indexed-sessions.js';
import { SessionEngine, type Change, type Found, type NextId, type Saved } from '../engine/session-engine.js';
import { IndexMaintainer } from '../registry/index-maintainer.js';
import { SessionKeys } from './session-keys.js';
import { SessionLookup } from './session-lookup.js';
import { epochText, userPlace } from '../registry/index-keys.js';
import { DeadlineRenewal, type RenewalParts } from './renew-deadline.js';
import { whoIs } from '../engine/event-reporter.js';
import { takeLock } from './store-lock.js';
import { COPIED, StoredRecords, type Make } from './stored-records.js';

const LOCKED = '.lock';

/** Sessions that were retired and not replaced yet: a few, unless their logins fail half-way. */
const MOST_RETIRED = 10_000;

/** The engine whose sessions are records in a store, named by the id in the cookie. */
export class ServerEngine extends SessionEngine {
  readonly recordInCookie = false;
  /** Sessions that were retired for others, which are about to take their places in the index. */
  private readonly retired = new BoundedMap<string, { readonly key: string; readonly record: SessionRecord }>(
    MOST_RETIRED,
  );
  private readonly copies: RecordCopies | undefined;
  private readonly indexing: IndexMaintainer | undefined;
  private readonly records: StoredRecords;
  private readonly keys: SessionKeys;
  private readonly lookup: SessionLookup;
  private readonly renewal: DeadlineRenewal;
  override readonly directory: IndexedSessions | undefined = undefined;

  constructor(
    options: ResolvedSessionOptions,
    events: SessionEvents,
    private readonly store: SessionStore,
  ) {
    super(options, events);
    if (isReporting(store)) store.onReport((report) => this.hear(report));
    this.keys = new SessionKeys(store.keys === 'plain');
    this.copies = options.cache === undefined ? undefined : new RecordCopies(options, options.cache);
    this.lookup = new SessionLookup({
      options,
      store,
      keys: this.keys,
      copies: this.copies,
      reports: this.reports,
      describe: (id, { data, facts }) => this.describe(id, data, facts),
      delete: (id) => this.delete(id),
      failed: (operation, error) => this.failed(operation, error),
    });
    const ask: RenewalParts['ask'] = (operation, call) => this.ask(operation, call);
    const dated = (record: SessionRecord): SessionRecord => this.dated(record);
    const context = isIndexed(store)
      ? indexingContext(store, { options, events, keys: this.keys, copies: this.copies, ask })
      : undefined;
    this.indexing = context && new IndexMaintainer(context);
    this.records = new StoredRecords({
      store,
      copies: this.copies,
      indexing: this.indexing,
      ask,
      dated,
      handleOf: (key) => this.keys.handleOf(key),
      conflict: (handle, { data, facts }, keys) => events.emit('conflict', { handle, ...whoIs(data, facts), keys }),
    });
    this.renewal = new DeadlineRenewal({
      store,
      clock: options.clock,
      indexing: this.indexing,
      records: this.records,
      idsChange: options.rotateAfter !== undefined,
      ask,
      dated,
    });
    if (!context || !this.indexing) return;
    this.directory = new IndexedSessions(context, this.indexing, {
      end: (key) => this.endKey(key),
      change: ({ key, stored }, make) =>
        this.records.write(key, stored, (theirs) => ({ record: make(theirs), conflicts: [] })),
    });
  }

  tokenOf(id: string): string {
    return id;
  }

  override copyOf(id: string, stored: StoredSession): string | undefined {
    // Asking for the version of what was only read costs a hash.
    return this.copies === undefined || stored.version === COPIED ? undefined : this.copies.seal(id, stored);
  }

  find(id: string, copy?: string): Promise<Found> {
    return this.lookup.find(id, copy);
  }

  override findFresh(id: string): Promise<Found> {
    return this.lookup.find(id, undefined, true);
  }

  override async epochOf(user: SessionUser): Promise<string | undefined> {
    const place = userPlace(user.id);
    return this.indexing && epochText(place, await this.indexing.epochOf(place));
  }

  override async requireStorable(id: string, record: SessionRecord, previous?: string): Promise<void> {
    await this.indexing?.requireRoom(
      this.keys.keyOf(id),
      record,
      previous === undefined ? undefined : this.keys.keyOf(previous),
    );
  }

  /** Stores a new session. An id that is taken is refused: we did not make it, or it was made twice. */
  async create(id: string, record: SessionRecord, previous = ''): Promise<StoredSession> {
    const key = this.keys.keyOf(id);
    const before = this.retired.get(previous);
    this.retired.delete(previous);
    const dated = this.dated(record);
    const begun = this.indexing ? await this.indexing.begin(dated, before?.record) : dated;
    const version = await this.ask('create', () => this.store.create(key, begun));
    if (version === undefined) {
      throw new SessionStoreError('A new session id is taken already. Check the genid option.');
    }
    await this.indexing?.enter(key, begun, before);
    this.copies?.note(id, { version });
    return { record: begun, version };
  }

  save(id: string, change: Change): Promise<Saved | undefined> {
    const { resolve } = this.options;
    return this.write(id, change.stored, (theirs) => {
      const { data, conflicts } = mergeSessions(change.base, change.mine.data, theirs.data, resolve);
      return { record: { ...change.mine, data }, conflicts };
    });
  }

  update(
    id: string,
    stored: StoredSession,
    change: (theirs: SessionRecord) => SessionRecord,
  ): Promise<StoredSession | undefined> {
    return this.write(id, stored, (theirs) => ({ record: change(theirs), conflicts: [] }));
  }

  renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<Saved | undefined> {
    return this.renewal.renew(this.keys.keyOf(id), stored, cookie);
  }

  renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    return this.renewal.renewOnce(this.keys.keyOf(id), stored, cookie);
  }

  delete(id: string): Promise<StoredSession | undefined> {
    return this.endKey(this.keys.keyOf(id));
  }

  private async endKey(key: string): Promise<StoredSession | undefined> {
    const { last, keys } = await this.records.remove(key);
    if (last) await this.indexing?.reader.leaveAll(keys.at(-1) ?? key, last.record);
    return last;
  }

  /** Remembers for a moment that the id was rotated. */
  async retire(id: string, _stored?: StoredSession, goesOn = false): Promise<StoredSession | undefined> {
    const { store } = this;
    const { clock } = this.options;
    const { last, keys } = await this.records.remove(this.keys.keyOf(id));
    if (!last) return undefined;
    for (const key of keys) {
      // The old id is dead either way; without this mark a late request may get a cookie of its own.
      await this.ask('create', () => store.create(key + ROTATED, markOf(clock.now()))).catch(() => undefined);
    }
    const was = { key: keys.at(-1) ?? this.keys.keyOf(id), record: last.record };
    if (goesOn) this.retired.set(id, was);
    else await this.indexing?.reader.leaveAll(was.key, was.record);
    return last;
  }

  async succeed(
    id: string,
    _stored: StoredSession,
    next: NextId,
  ): Promise<{ readonly id: string; readonly stored: StoredSession } | undefined> {
    const { store } = this;
    const { clock } = this.options;
    // Whoever holds the lock of a session goes by its id.
    const release = await this.lock(id);
    if (!release) return undefined;
    try {
      const to = { key: this.keys.keyOf(next.id), make: (theirs: SessionRecord) => this.dated(next.make(theirs)) };
      const stored = await this.ask('rotate', () => moveSession(store, this.keys.keyOf(id), to, clock.now()));
      if (!stored) return undefined;
      this.copies?.note(id, undefined);
      if ((await this.indexing?.move(this.keys.keyOf(id), to.key, stored.record)) === false) return undefined;
      this.copies?.note(next.id, stored);
      return { id: next.id, stored };
    } finally {
      await release();
    }
  }

  /** Passes on what the store found out by itself. */
  private hear(report: StoreReport): void {
    const { key } = report;
    if (!key.endsWith(ROTATED) && !key.endsWith(LOCKED)) this.reports.stored(this.keys.handleOf(key), report);
  }

  private write(id: string, known: StoredSession, make: Make): Promise<Saved | undefined> {
    return this.records.write(this.keys.keyOf(id), known, make);
  }

  /** See {@link takeLock}. */
  lock(id: string): Promise<(() => Promise<void>) | undefined> {
    const { store } = this;
    const { clock } = this.options;
    return this.ask('lock', () => takeLock(store, clock, this.keys.keyOf(id) + LOCKED));
  }

  override async revoke(handle: string): Promise<boolean> {
    return this.directory ? (await this.directory.end(handle)) !== undefined : super.revoke(handle);
  }

  override revokeUser(userId: string | number, except?: string): Promise<number | undefined> {
    return this.directory ? this.directory.endUser(userId, except) : super.revokeUser(userId, except);
  }

  override revokePlace(place: IdpPlace): Promise<number | undefined> {
    return this.directory ? this.directory.endPlace(place) : super.revokePlace(place);
  }

  override async placeEpoch(place: IdpPlace): Promise<string | undefined> {
    return this.indexing && String(await this.indexing.epochOf(place));
  }
}
