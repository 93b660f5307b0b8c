import type { Ending, SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { SessionNames } from '../engine/session-names.js';
import type { IndexMaintainer } from '../registry/index-maintainer.js';
import type { EndingTerms, MadeRecord, RecordWriter } from '../registry/record-writer.js';
import type { StoredSession } from '../stores/session-store.js';
import type { StoredRecords } from './stored-records.js';

/** Changes and ends records together with their index entries, if the store has an index. */
export class IndexedRecords implements RecordWriter {
  constructor(
    private readonly context: EngineContext,
    private readonly records: StoredRecords,
    private readonly names: SessionNames,
    private readonly maintainer: IndexMaintainer | undefined,
  ) {}

  async write(
    key: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => MadeRecord,
  ): Promise<StoredSession | undefined> {
    const { maintainer } = this;
    const written = await this.records.change(key, known, async (theirs) => {
      const { record: made, conflicts = [] } = make(theirs);
      if (made === theirs) return { record: theirs, conflicts, change: undefined };
      const dated = this.context.dated(made);
      const change = await maintainer?.change(theirs, dated);
      return { record: change?.record ?? dated, conflicts, change };
    });
    if (!written) return undefined;
    const { stored, made } = written;
    if (made.change && !(await maintainer?.follow(key, stored, made.change))) return undefined;
    if (made.conflicts.length > 0) {
      const { data, facts } = stored.record;
      const session = this.context.describe(this.names.handleOf(key), data, facts);
      this.context.events.emit('conflict', { ...session, keys: made.conflicts });
    }
    return stored;
  }

  async end(key: string, ending: Ending, terms: EndingTerms = {}): Promise<StoredSession | undefined> {
    const last = await this.records.end(key, ending, terms);
    if (last) await this.maintainer?.removeAll(key, last.record);
    const { follow = ending !== 'replaced' && !terms.judge } = terms;
    if (last || !follow || this.names.rotatesInPlace) return last;
    const movedTo = await this.records.movedTo(key);
    return movedTo === undefined ? undefined : this.end(movedTo, ending, { ...terms, known: undefined });
  }
}
