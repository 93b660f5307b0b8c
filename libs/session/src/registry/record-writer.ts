import type { Ending, SessionRecord } from '../core/record.js';
import type { StoredSession } from '../stores/session-store.js';

/** What becomes of a record. */
export interface MadeRecord {
  readonly record: SessionRecord;
  /** Keys of the session that another request changed as well. */
  readonly conflicts?: readonly string[];
}

/** See {@link RecordEnder.end}. */
export interface EndingTerms {
  /** What was stored when it was last looked at. */
  readonly known?: StoredSession | undefined;
  /** Whether what is stored is to be ended: asked again where another write came in between. @default it is */
  readonly judge?: ((record: SessionRecord) => boolean) | undefined;
  /** See `Tombstone.successor`. */
  readonly successor?: string | undefined;
  /**
   * Where a rotation moves the record to another key: whether the session that it has become is meant as well.
   * @default it is, unless the record is `'replaced'` or `judge` decides
   */
  readonly follow?: boolean;
}

/** Ends stored sessions. */
export interface RecordEnder {
  /**
   * Puts a tombstone in the place of a session, whatever has become of it.
   * @returns what it was; undefined if it was over already, or is not to be ended
   */
  end(key: string, ending: Ending, terms?: EndingTerms): Promise<StoredSession | undefined>;
}

/** Changes and ends stored sessions on condition that no other write came in between. */
export interface RecordWriter extends RecordEnder {
  /**
   * Changes a record by a function that runs again on the fresh one until no other write came in between.
   * @returns what is stored now; undefined if the session is gone
   */
  write(
    key: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => MadeRecord,
  ): Promise<StoredSession | undefined>;
}
