import { absoluteDeadline, isExpired } from '../core/expiry.js';
import type { IdpPlace } from '../core/idp-places.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import { handleOfHash, hashSessionId, sessionHandle } from '../core/session-id.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { BoundedMap } from '../sealing/bounded-map.js';
import { readFresh, stalenessOf, type SessionStore, type StoredSession } from '../stores/session-store.js';
import { isReporting, type StoreReport } from '../stores/store-reports.js';
import { isIndexed, type IndexedStore } from '../stores/indexed-store.js';
import { markOf, moveSession, successorOf } from './id-marks.js';
import { ROTATED, type IndexingContext } from './index-reader.js';
import { RecordCopies } from './record-copies.js';
import { SessionDirectory } from './session-directory.js';
import { SessionEngine, type Change, type Found, type NextId, type Saved } from './session-engine.js';
import { SessionIndexing } from './session-indexing.js';
import { epochText, userPlace } from './session-places.js';
import { whoIs } from './session-reports.js';
import { takeLock } from './store-lock.js';
import { COPIED, StoredRecords, type Make } from './stored-records.js';

const LOCKED = '.lock';

/** Sessions that were retired and not replaced yet: a few, unless their logins fail half-way. */
const MOST_RETIRED = 10_000;

const readQuickly: typeof readFresh = (store, key) => store.read(key);

/** The engine whose sessions are records in a store, named by the id in the cookie. */
export class ServerEngine extends SessionEngine {
  readonly recordInCookie = false;
  private readonly renewing = new Set<string>();
  /** Sessions that were retired for others, which are about to take their places in the index. */
  private readonly retired = new BoundedMap<string, { readonly key: string; readonly record: SessionRecord }>(
    MOST_RETIRED,
  );
  private readonly copies: RecordCopies | undefined;
  private readonly indexing: SessionIndexing | undefined;
  private readonly records: StoredRecords;
  override readonly directory: SessionDirectory | undefined = undefined;

  constructor(
    options: ResolvedSessionOptions,
    events: SessionEvents,
    private readonly store: SessionStore,
  ) {
    super(options, events);
    if (isReporting(store)) store.onReport((report) => this.hear(report));
    this.copies = options.cache === undefined ? undefined : new RecordCopies(options, options.cache);
    const context = isIndexed(store) ? this.contextOf(store) : undefined;
    this.indexing = context && new SessionIndexing(context);
    this.records = new StoredRecords({
      store,
      copies: this.copies,
      indexing: this.indexing,
      ask: (operation, call) => this.ask(operation, call),
      dated: (record) => this.dated(record),
      handleOf: (key) => this.handleOf(key),
      conflict: (handle, { data, facts }, keys) => events.emit('conflict', { handle, ...whoIs(data, facts), keys }),
    });
    if (!context || !this.indexing) return;
    this.directory = new SessionDirectory(context, this.indexing, {
      end: (key) => this.endKey(key),
      change: ({ key, stored }, make) =>
        this.records.write(key, stored, (theirs) => ({ record: make(theirs), conflicts: [] })),
    });
  }

  tokenOf(id: string): string {
    return id;
  }

  override copyOf(id: string, stored: StoredSession): undefined | Promise<string> {
    return stored.version === COPIED ? undefined : this.copies?.seal(id, stored);
  }

  async find(id: string, copy?: string, read: typeof readFresh = readQuickly): Promise<Found> {
    const record = copy === undefined ? undefined : await this.copies?.open(id, copy);
    if (record) return { status: 'live', id, stored: { record, version: COPIED }, outdated: false };
    const key = this.keyOf(id);
    const { store } = this;
    const { clock } = this.options;
    const stored = await this.ask('read', () => read(store, key));
    this.copies?.note(id, stored);
    if (!stored) {
      const rotated = await this.ask('read', () => store.read(key + ROTATED));
      if (!rotated || rotated.record.expiresAt <= clock.now()) return { status: 'missing' };
      if (!rotated.record.facts?.ended) this.reports.givenUp(sessionHandle(id), rotated.record.createdAt);
      return { status: rotated.record.facts?.ended ?? 'rotated' };
    }
    const successor = successorOf(stored);
    if (successor !== undefined) return this.findLate(id, stored.record, successor);
    const now = clock.now();
    const overdue = now >= absoluteDeadline(stored.record, this.options);
    if (overdue || (!store.keepsIdleDeadline && isExpired(stored.record, this.options, now))) {
      // Somebody may have pushed the deadline on since: nothing is deleted because of how it was.
      if (read !== readFresh && stalenessOf(store) > 0) return this.findFresh(id);
      const { data, facts } = stored.record;
      this.reports.expired(this.describe(id, data, facts), overdue ? 'absolute' : 'idle');
      // Nobody waits for the cleaning up, and a store that is down has said so already.
      this.delete(id).catch(() => undefined);
      return { status: 'missing' };
    }
    // A record that express-session wrote gets our fields, without which it has no absolute deadline.
    return { status: 'live', id, stored, outdated: stored.record.lastSeenAt === 0 };
  }

  override findFresh(id: string): Promise<Found> {
    return this.find(id, undefined, readFresh);
  }

  /** The session of an id that was renewed: it can be read for a moment, if it has not ended. */
  private async findLate(id: string, mark: SessionRecord, successor: string): Promise<Found> {
    const { clock, rotationGrace = 0 } = this.options;
    const now = clock.now();
    if (now >= mark.expiresAt) return { status: 'missing' };
    if (now >= mark.createdAt + rotationGrace) {
      this.reports.givenUp(sessionHandle(id), mark.createdAt);
      return { status: 'rotated' };
    }
    const stored = await this.ask('read', () => this.store.read(successor));
    if (!stored || successorOf(stored) !== undefined || isExpired(stored.record, this.options, now))
      return { status: 'rotated' };
    return { status: 'live', id, stored, outdated: false, late: true };
  }

  override async epochOf(user: SessionUser): Promise<string | undefined> {
    const place = userPlace(user.id);
    return this.indexing && epochText(place, await this.indexing.epochOf(place));
  }

  override async requireStorable(id: string, record: SessionRecord, previous?: string): Promise<void> {
    await this.indexing?.requireRoom(this.keyOf(id), record, previous === undefined ? undefined : this.keyOf(previous));
  }

  /** Stores a new session. An id that is taken is refused: we did not make it, or it was made twice. */
  async create(id: string, record: SessionRecord, previous = ''): Promise<StoredSession> {
    const key = this.keyOf(id);
    const before = this.retired.get(previous);
    this.retired.delete(previous);
    const dated = this.dated(record);
    const begun = this.indexing ? await this.indexing.begin(dated, before?.record) : dated;
    const version = await this.ask('create', () => this.store.create(key, begun));
    if (version === undefined) {
      throw new SessionUnavailableException(
        new SessionStoreError('A new session id is taken already. Check the genid option.'),
      );
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

  async renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<Saved | undefined> {
    if (this.options.rotateAfter !== undefined) return this.renewUnderAnyId(id, stored, cookie);
    const key = this.keyOf(id);
    const known = await this.records.uncopied(key, stored);
    if (!known) return undefined;
    const record = this.dated({ ...known.record, cookie, lastSeenAt: this.options.clock.now() });
    const change = await this.indexing?.change(known.record, record);
    const noted = change?.record ?? record;
    // Sent together: an entry that is pushed on for a session that is gone is removed again.
    const [version, stands = true] = await Promise.all([
      this.ask('renew', () => this.store.renew(key, noted, known.version)),
      change && this.indexing?.follow(key, change),
    ]);
    if (version === undefined) await this.indexing?.reader.leaveAll(key, noted);
    if (version === undefined || !stands) return undefined;
    // The version may be that of somebody who saved meanwhile, so it goes with no values that we know.
    return stored;
  }

  /** As {@link renew}, where the session may go by another id meanwhile. */
  private async renewUnderAnyId(
    id: string,
    stored: StoredSession,
    cookie: SessionRecord['cookie'],
  ): Promise<Saved | undefined> {
    if (stored.version === COPIED && successorOf(await this.records.uncopied(this.keyOf(id), stored)) !== undefined)
      return { ...stored, renamed: true };
    const renewed = await this.write(id, stored, (theirs) => {
      const { ip, userAgent } = stored.record.facts ?? {};
      const client = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
      const facts = ip === undefined && userAgent === undefined ? theirs.facts : { ...theirs.facts, ...client };
      const seen = { ...theirs, cookie, ...(facts && { facts }), lastSeenAt: this.options.clock.now() };
      return { record: seen, conflicts: [] };
    });
    return renewed && { ...stored, ...(renewed.renamed && { renamed: true }) };
  }

  /** Requests that come together all find a renewal due, and one of them does it. */
  async renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    if (this.renewing.has(id)) return true;
    this.renewing.add(id);
    try {
      return (await this.renew(id, stored, cookie)) !== undefined;
    } finally {
      this.renewing.delete(id);
    }
  }

  delete(id: string): Promise<StoredSession | undefined> {
    return this.endKey(this.keyOf(id));
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
    const { last, keys } = await this.records.remove(this.keyOf(id));
    if (!last) return undefined;
    for (const key of keys) {
      // The old id is dead either way; without this mark a late request may get a cookie of its own.
      await this.ask('create', () => store.create(key + ROTATED, markOf(clock.now()))).catch(() => undefined);
    }
    const was = { key: keys.at(-1) ?? this.keyOf(id), record: last.record };
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
      const to = { key: this.keyOf(next.id), make: (theirs: SessionRecord) => this.dated(next.make(theirs)) };
      const stored = await this.ask('rotate', () => moveSession(store, this.keyOf(id), to, clock.now()));
      if (!stored) return undefined;
      this.copies?.note(id, undefined);
      if ((await this.indexing?.move(this.keyOf(id), to.key, stored.record)) === false) return undefined;
      this.copies?.note(next.id, stored);
      return { id: next.id, stored };
    } finally {
      await release();
    }
  }

  /** Passes on what the store found out by itself. */
  private hear(report: StoreReport): void {
    const { key } = report;
    if (!key.endsWith(ROTATED) && !key.endsWith(LOCKED)) this.reports.stored(this.handleOf(key), report);
  }

  private write(id: string, known: StoredSession, make: Make): Promise<Saved | undefined> {
    return this.records.write(this.keyOf(id), known, make);
  }

  /** See {@link takeLock}. */
  lock(id: string): Promise<(() => Promise<void>) | undefined> {
    const { store } = this;
    const { clock } = this.options;
    return this.ask('lock', () => takeLock(store, clock, this.keyOf(id) + LOCKED));
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

  private contextOf(store: SessionStore & IndexedStore): IndexingContext {
    const told = (key: string, { data, facts }: SessionRecord) => ({
      handle: this.handleOf(key),
      ...whoIs(data, facts),
    });
    return {
      options: this.options,
      store,
      ask: (operation, call) => this.ask(operation, call),
      handleOf: (key) => this.handleOf(key),
      evicted: (key, record) => {
        this.copies?.noteHandle(this.handleOf(key), undefined);
        this.events.emit('evicted', { ...told(key, record), reason: 'limit' });
      },
      refused: (key, record) => this.events.emit('rejected', { ...told(key, record), reason: 'limit' }),
    };
  }

  /** The public name of the session under a key. */
  private handleOf(key: string): string {
    return this.store.keys === 'plain' ? sessionHandle(key) : handleOfHash(key);
  }

  private keyOf(id: string): string {
    return this.store.keys === 'plain' ? id : hashSessionId(id);
  }
}
