import { absoluteDeadline, isExpired } from '../core/expiry.js';
import { KeyedQueue } from '../core/keyed-queue.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord } from '../core/record.js';
import { hashSessionId } from '../core/session-id.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { RecordCopies } from './record-copies.js';
import { SessionEngine, type Change, type Found } from './session-engine.js';
import { takeLock } from './store-lock.js';

/** How long a rotated id is remembered, so that requests sent with it just before get no cookie that undoes the new one. */
const ROTATION_GRACE = 60_000;
const ROTATED = '.rotated';

const LOCKED = '.lock';

/** The version of a record that came as a copy: the store has to be asked before it is written. */
const COPIED = '';

/** Writers of one session that all conflict make progress one by one; more tries than this is a broken store. */
const MAX_TRIES = 500;

/** The engine whose sessions are records in a store, named by the id in the cookie. */
export class ServerEngine extends SessionEngine {
  readonly recordInCookie = false;
  private readonly queue = new KeyedQueue<StoredSession>();
  private readonly renewing = new Set<string>();
  private readonly copies: RecordCopies | undefined;

  constructor(
    options: ResolvedSessionOptions,
    events: SessionEvents,
    private readonly store: SessionStore,
  ) {
    super(options, events);
    this.copies = options.cache === undefined ? undefined : new RecordCopies(options, options.cache);
  }

  tokenOf(id: string): string {
    return id;
  }

  override copyOf(id: string, stored: StoredSession): undefined | Promise<string> {
    return stored.version === COPIED ? undefined : this.copies?.seal(id, stored);
  }

  async find(id: string, copy?: string): Promise<Found> {
    const record = copy === undefined ? undefined : await this.copies?.open(id, copy);
    if (record) return { status: 'live', id, stored: { record, version: COPIED }, outdated: false };
    const { store } = this;
    const { clock } = this.options;
    const key = this.keyOf(id);
    const stored = await this.ask('read', () => store.read(key));
    this.copies?.note(id, stored);
    if (!stored) {
      const rotated = await this.ask('read', () => store.read(key + ROTATED));
      return { status: rotated && rotated.record.expiresAt > clock.now() ? 'rotated' : 'missing' };
    }
    const now = clock.now();
    const overdue = now >= absoluteDeadline(stored.record, this.options);
    if (overdue || (!store.keepsIdleDeadline && isExpired(stored.record, this.options, now))) {
      this.events.emit('expired', { ...this.describe(id, stored.record.data), reason: overdue ? 'absolute' : 'idle' });
      // Nobody waits for the cleaning up, and a store that is down has said so already.
      this.delete(id).catch(() => undefined);
      return { status: 'missing' };
    }
    // A record that express-session wrote gets our fields, without which it has no absolute deadline.
    return { status: 'live', id, stored, outdated: stored.record.lastSeenAt === 0 };
  }

  /** Stores a new session. An id that is taken is refused: we did not make it, or it was made twice. */
  async create(id: string, record: SessionRecord): Promise<StoredSession> {
    const dated = this.dated(record);
    const version = await this.ask('create', () => this.store.create(this.keyOf(id), dated));
    if (version === undefined) {
      throw new SessionUnavailableException(
        new SessionStoreError('A new session id is taken already. Check the genid option.'),
      );
    }
    this.copies?.note(id, { version });
    return { record: dated, version };
  }

  save(id: string, change: Change): Promise<StoredSession | undefined> {
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

  async renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<StoredSession | undefined> {
    const key = this.keyOf(id);
    const known = await this.uncopied(key, stored);
    if (!known) return undefined;
    const record = this.dated({ ...known.record, cookie, lastSeenAt: this.options.clock.now() });
    const version = await this.ask('renew', () => this.store.renew(key, record, known.version));
    // The version may be that of somebody who saved meanwhile, so it goes with no values that we know.
    return version === undefined ? undefined : stored;
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
    const key = this.keyOf(id);
    return this.queue.run(key, (_carried, carry) => {
      carry(undefined);
      this.copies?.note(id, undefined);
      return this.ask('delete', () => this.store.delete(key));
    });
  }

  /** Remembers for a moment that the id was rotated. */
  async retire(id: string): Promise<StoredSession | undefined> {
    const { store } = this;
    const { clock } = this.options;
    const now = clock.now();
    const tombstone: SessionRecord = {
      data: {},
      cookie: { originalMaxAge: null },
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + ROTATION_GRACE,
    };
    const last = await this.delete(id);
    // The old id is dead either way; without this mark a late request may get a cookie of its own.
    if (last) await this.ask('create', () => store.create(this.keyOf(id) + ROTATED, tombstone)).catch(() => undefined);
    return last;
  }

  /** What is stored, where only a copy of it is known. */
  private async uncopied(key: string, known: StoredSession): Promise<StoredSession | undefined> {
    return known.version === COPIED ? this.ask('read', () => this.store.read(key)) : known;
  }

  private write(
    id: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => { record: SessionRecord; conflicts: readonly string[] },
  ): Promise<StoredSession | undefined> {
    const key = this.keyOf(id);
    return this.queue.run(key, async (carried, carry) => {
      const begin = carried ?? (await this.uncopied(key, known));
      if (!begin) return undefined;
      let theirs: StoredSession = begin;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const { record: made, conflicts } = make(theirs.record);
        const record = this.dated({ ...made, lastSeenAt: this.options.clock.now() });
        const expected = theirs.version;
        const result = await this.ask('save', () => this.store.save(key, record, expected));
        if (result.status === 'saved') {
          const stored = { record, version: result.version };
          carry(stored);
          this.copies?.note(id, stored);
          if (conflicts.length > 0)
            this.events.emit('conflict', { ...this.describe(id, record.data), keys: conflicts });
          return stored;
        }
        if (result.status === 'missing') {
          carry(undefined);
          return undefined;
        }
        theirs = result.current;
      }
      throw new SessionUnavailableException(
        new SessionStoreError(`A session changed under each of ${MAX_TRIES} tries to save it.`),
      );
    });
  }

  /** See {@link takeLock}. */
  lock(id: string): Promise<(() => Promise<void>) | undefined> {
    const { store } = this;
    const { clock } = this.options;
    return this.ask('lock', () => takeLock(store, clock, this.keyOf(id) + LOCKED));
  }

  private keyOf(id: string): string {
    return this.store.keys === 'plain' ? id : hashSessionId(id);
  }
}
