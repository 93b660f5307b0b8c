import type { SessionRecord } from '../core/record.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexedStore } from '../stores/indexed-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { IndexingContext } from './index-sweeper.js';
import { whoIs } from '../engine/event-reporter.js';

/** What the engine lends to whatever keeps and reads its index. */
interface Lent {
  readonly options: ResolvedSessionOptions;
  readonly events: SessionEvents;
  readonly keys: { handleOf(key: string): string };
  readonly copies: { noteHandle(handle: string, stored: undefined): void } | undefined;
  readonly ask: IndexingContext['ask'];
}

/** What the index of a store is kept and read with: it tells who had to go. */
export function indexingContext(
  store: SessionStore & IndexedStore,
  { options, events, keys, copies, ask }: Lent,
): IndexingContext {
  const told = (key: string, { data, facts }: SessionRecord) => ({ handle: keys.handleOf(key), ...whoIs(data, facts) });
  return {
    options,
    store,
    ask,
    handleOf: (key) => keys.handleOf(key),
    evicted: (key, record) => {
      copies?.noteHandle(keys.handleOf(key), undefined);
      events.emit('evicted', { ...told(key, record), reason: 'limit' });
    },
    refused: (key, record) => events.emit('rejected', { ...told(key, record), reason: 'limit' }),
  };
}
