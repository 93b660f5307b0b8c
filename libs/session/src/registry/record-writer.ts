import type { Ending, SessionRecord } from '../core/record.js';
import type { StoredSession } from '../stores/session-store.js';

/** The result of a change of a record. */
export interface MadeRecord {
  readonly record: SessionRecord;
  /** Keys of the session that another request has changed too. */
  readonly conflicts?: readonly string[];
}

/** See {@link RecordEnder.end}. */
export interface EndingTerms {
  /** What was stored when the caller last read it. */
  readonly known?: StoredSession | undefined;
  /** Whether to end the stored session. Asked again after a concurrent write. @default always */
  readonly judge?: ((record: SessionRecord) => boolean) | undefined;
  /** See `Tombstone.movedTo`. */
  readonly movedTo?: string | undefined;
  /**
   * If a rotation has moved the record to another key: whether to end the session under its new key.
   * @default true, unless the ending is `'replaced'` or there is a `judge`
   */
  readonly follow?: boolean;
}

/** Ends stored sessions. */
export interface RecordEnder {
  /**
   * Replaces a session by a tombstone, whatever other requests have made of it.
   * @returns the session; undefined if it was over already, or is not to be ended
   */
  end(key: string, ending: Ending, terms?: EndingTerms): Promise<StoredSession | undefined>;
}

/** Changes and ends stored sessions by conditional writes. */
export interface RecordWriter extends RecordEnder {
  /**
   * Changes a record. After a concurrent write the function runs again, on the fresh record.
   * @returns what is stored now; undefined if the session is gone
   */
  write(
    key: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => MadeRecord,
  ): Promise<StoredSession | undefined>;
}
