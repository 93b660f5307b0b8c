import { isExpired, absoluteDeadline, expiryOf } from '../core/expiry.js';
import { KeyedQueue } from '../core/keyed-queue.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { hashSessionId, sessionHandle } from '../core/session-id.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import type { SessionEvent, SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { takeLock } from './store-lock.js';
import { userIdOf } from './user-id.js';

/** How long a rotated id is remembered, so that requests sent with it just before get no cookie that undoes the new one. */
const ROTATION_GRACE = 60_000;
const ROTATED = '.rotated';

const LOCKED = '.lock';

/** Writers of one session that all conflict make progress one by one; more tries than this is a broken store. */
const MAX_TRIES = 500;

/** What a lookup found. */
export type Found =
  | { readonly status: 'live'; readonly stored: StoredSession }
  /** No such session: expired, destroyed or never there. */
  | { readonly status: 'missing' }
  /** The id died in a rotation a moment ago; the browser has, or is about to get, the new one. */
  | { readonly status: 'rotated' };

/** A change to save: what the request began with, and what it has made of it. */
export interface Change {
  readonly base: SessionValues;
  readonly mine: SessionRecord;
  /** What the store had when `base` was taken. */
  readonly stored: StoredSession;
}

/**
 * The engine whose sessions are records in a store, named by the id in the cookie. It knows no HTTP. Every method
 * rejects with `SessionUnavailableException` when the store is out of order.
 */
export class ServerEngine {
  private readonly queue = new KeyedQueue<StoredSession>();
  private readonly renewing = new Set<string>();

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {}

  /** The public name and user of a session, as events carry them. */
  describe(id: string, data?: SessionValues): SessionEvent {
    const userId = userIdOf(data);
    return { handle: sessionHandle(id), ...(userId !== undefined && { userId }) };
  }

  async find(id: string): Promise<Found> {
    const { store, clock } = this.options;
    const key = this.keyOf(id);
    const stored = await this.ask('read', () => store.read(key));
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
    return { status: 'live', stored };
  }

  /** Stores a new session. An id that is taken is refused: we did not make it, or it was made twice. */
  async create(id: string, record: SessionRecord): Promise<StoredSession> {
    const dated = this.dated(record);
    const version = await this.ask('create', () => this.options.store.create(this.keyOf(id), dated));
    if (version === undefined) {
      throw new SessionUnavailableException(
        new SessionStoreError('A new session id is taken already. Check the genid option.'),
      );
    }
    return { record: dated, version };
  }

  /**
   * Saves what a request changed and keeps what others changed meanwhile.
   * @returns what is in the store now, or undefined if the session is gone
   */
  save(id: string, change: Change): Promise<StoredSession | undefined> {
    const { resolve } = this.options;
    return this.write(id, change.stored, (theirs) => {
      const { data, conflicts } = mergeSessions(change.base, change.mine.data, theirs.data, resolve);
      return { record: { ...change.mine, data }, conflicts };
    });
  }

  /**
   * Changes the stored data by a function that is run again on the fresh data until nobody came in between.
   * @returns what is in the store now, or undefined if the session is gone
   */
  update(
    id: string,
    stored: StoredSession,
    change: (theirs: SessionRecord) => SessionRecord,
  ): Promise<StoredSession | undefined> {
    return this.write(id, stored, (theirs) => ({ record: change(theirs), conflicts: [] }));
  }

  /**
   * Pushes the idle deadline on. It tells nothing about the values: somebody else may have saved, who renewed as well.
   * @returns false if the session is gone
   */
  async renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    const record = this.dated({ ...stored.record, cookie, lastSeenAt: this.options.clock.now() });
    const version = await this.ask('renew', () => this.options.store.renew(this.keyOf(id), record, stored.version));
    return version !== undefined;
  }

  /**
   * As {@link renew}, where nobody waits for the answer: requests that come together all find a renewal due, and one of
   * them does it. A cookie must not go by it, because the session may have ended since the renewal began.
   */
  async renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean> {
    if (this.renewing.has(id)) return true;
    this.renewing.add(id);
    try {
      return await this.renew(id, stored, cookie);
    } finally {
      this.renewing.delete(id);
    }
  }

  /** Ends a session for good. @returns what it was, or undefined if it was gone already */
  delete(id: string): Promise<StoredSession | undefined> {
    const key = this.keyOf(id);
    return this.queue.run(key, (_carried, carry) => {
      carry(undefined);
      return this.ask('delete', () => this.options.store.delete(key));
    });
  }

  /**
   * Ends a session whose browser is about to get another id, and remembers that for a moment.
   * @returns what it was, with the last change of everybody; undefined if it was gone already
   */
  async retire(id: string): Promise<StoredSession | undefined> {
    const { store, clock } = this.options;
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

  private write(
    id: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => { record: SessionRecord; conflicts: readonly string[] },
  ): Promise<StoredSession | undefined> {
    const key = this.keyOf(id);
    return this.queue.run(key, async (carried, carry) => {
      let theirs = carried ?? known;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const { record: made, conflicts } = make(theirs.record);
        const record = this.dated({ ...made, lastSeenAt: this.options.clock.now() });
        const expected = theirs.version;
        const result = await this.ask('save', () => this.options.store.save(key, record, expected));
        if (result.status === 'saved') {
          const stored = { record, version: result.version };
          carry(stored);
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

  private dated(record: SessionRecord): SessionRecord {
    return { ...record, expiresAt: expiryOf(record, this.options) };
  }

  /** See {@link takeLock}. */
  lock(id: string): Promise<(() => Promise<void>) | undefined> {
    const { store, clock } = this.options;
    return this.ask('lock', () => takeLock(store, clock, this.keyOf(id) + LOCKED));
  }

  private keyOf(id: string): string {
    return this.options.store.keys === 'plain' ? id : hashSessionId(id);
  }

  private async ask<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      this.events.emit('storeError', { operation, error: error instanceof Error ? error : new Error(String(error)) });
      throw new SessionUnavailableException(error);
    }
  }
}
