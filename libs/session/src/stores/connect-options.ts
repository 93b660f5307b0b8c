import type { Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { missingMethods } from './connect-style-store.js';

/** Options of {@link connectStore}. */
export interface ConnectStoreOptions {
  /**
   * `'plain'` uses the session id itself as the key, for records that express-session wrote: users stay logged in
   * after the migration, and anyone who can read the store can use the ids in it.
   * @default 'hashed'
   */
  ids?: 'hashed' | 'plain';
  /**
   * Milliseconds after which an operation counts as failed; otherwise a store that never calls back would block requests.
   * @default 5_000
   */
  timeout?: number;
  /** @default the machine's clock */
  clock?: Clock;
}

const MAX_TIMEOUT = 600_000;

/** @throws `SessionConfigError` with every problem at once */
export function checkConnectStore(store: unknown, { ids, timeout }: ConnectStoreOptions): void {
  const problems: ConfigProblem[] = [];
  const report = (path: string, problem: string): void => void problems.push({ path: `connectStore.${path}`, problem });
  const lacks = missingMethods(store);
  if (lacks.length > 0) {
    report('store', `is no store of express-session: it lacks ${lacks.join('(), ')}(). Pass an instance of one.`);
  }
  if (ids !== undefined && ids !== 'hashed' && ids !== 'plain') report('ids', "must be 'hashed' or 'plain'.");
  if (timeout !== undefined && !(timeout >= 1 && timeout <= MAX_TIMEOUT)) {
    report('timeout', `must be a number of milliseconds from 1 to ${MAX_TIMEOUT}.`);
  }
  if (problems.length > 0) throw new SessionConfigError(problems);
}

/** What a store behind the adapter cannot guarantee, in plain words. */
export function connectLimitations(name: string, keepsDeadlines: boolean, ids: 'hashed' | 'plain'): readonly string[] {
  const limitations = [
    `The store ${name} has no conditional writes. Within this process nothing is lost; but of two processes that ` +
      'change one session at the same time one can lose its change, and a session can come back that one process ' +
      'destroys while another writes it.',
  ];
  limitations.push(
    `${name} finds sessions by their id alone: SessionRegistry cannot list or end them, and there is no ` +
      'maxSessionsPerUser. memoryStore(), sqliteStore() and redisStore() can do both.',
  );
  if (!keepsDeadlines)
    limitations.push(
      `${name} does not delete expired sessions, so idle timeouts are checked here and each renewal writes the session. ` +
        'Make sure that old sessions are deleted.',
    );
  if (ids === 'plain') limitations.push(`${name} holds session ids as they are: anyone who can read it can use them.`);
  return Object.freeze(limitations);
}
