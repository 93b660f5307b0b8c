import type { SessionRecord, WritableRecord } from '../core/record.js';
import { isIndexed, type SessionIndex } from '../stores/indexed-store.js';
import {
  readFresh,
  stalenessOf,
  type SaveResult,
  type SessionStore,
  type StoredRecord,
} from '../stores/session-store.js';
import type { EngineContext } from './engine-context.js';

/** A store whose failures are reported once and thrown as `SessionStoreError`. */
export class ReportedStore {
  /** Undefined if sessions are found by their key only. */
  readonly index: SessionIndex | undefined;
  /** How long (ms) {@link read} may return a record that another process has replaced. */
  readonly staleness: number;
  /** The store expires idle sessions by itself, and a record may have older times. */
  readonly keepsIdleDeadline: boolean;
  /** The store is shared with express-session. */
  readonly isShared: boolean;

  constructor(
    private readonly store: SessionStore,
    private readonly context: EngineContext,
  ) {
    this.index = isIndexed(store) ? reportedIndex(store.index, context) : undefined;
    this.staleness = stalenessOf(store);
    this.keepsIdleDeadline = store.keepsIdleDeadline ?? false;
    this.isShared = store.keys === 'plain';
  }

  /** On the path of every request. */
  async read(key: string): Promise<StoredRecord | undefined> {
    try {
      return await this.store.read(key);
    } catch (error) {
      throw this.context.failed('read', error);
    }
  }

  /** As {@link read}, but never an old record. */
  readFresh(key: string): Promise<StoredRecord | undefined> {
    return this.context.ask('read', () => readFresh(this.store, key));
  }

  create(key: string, record: WritableRecord): Promise<string | undefined> {
    return this.context.ask('create', () => this.store.create(key, record));
  }

  async save(key: string, record: WritableRecord, version: string): Promise<SaveResult> {
    try {
      return await this.store.save(key, record, version);
    } catch (error) {
      throw this.context.failed('save', error);
    }
  }

  renew(key: string, record: SessionRecord, version: string): Promise<string | undefined> {
    return this.context.ask('renew', () => this.store.renew(key, record, version));
  }

  delete(key: string): Promise<StoredRecord | undefined> {
    return this.context.ask('delete', () => this.store.delete(key));
  }
}

function reportedIndex(index: SessionIndex, context: EngineContext): SessionIndex {
  const guarded = context.ask.bind(context, 'index') as <T>(call: () => Promise<T>) => Promise<T>;
  return {
    revokedBefore: (...given) => guarded(() => index.revokedBefore(...given)),
    add: (...given) => guarded(() => index.add(...given)),
    extend: (...given) => guarded(() => index.extend(...given)),
    remove: (...given) => guarded(() => index.remove(...given)),
    members: (...given) => guarded(() => index.members(...given)),
    revokeBefore: (...given) => guarded(() => index.revokeBefore(...given)),
  };
}
