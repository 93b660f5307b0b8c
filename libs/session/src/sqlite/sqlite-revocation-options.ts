import { SessionConfigError } from '../errors/session-config.error.js';
import type { Duration } from '../options/duration.js';
import { parseStaleness, STALENESS_PROBLEM } from '../revocation/staleness.js';
import { fileProblems, type SqliteFileOptions } from './sqlite-options.js';

/** Options of {@link sqliteRevocation}. The file may be that of a {@link sqliteStore}. */
export interface SqliteRevocationOptions extends SqliteFileOptions {
  /**
   * Name of the table, so that several applications can share the file: a letter, then letters, digits and `_`.
   * @default 'revocations'
   */
  table?: string;
  /**
   * How long the answer about a session may be reused, in milliseconds or such as `'10s'`: a session that another process
   * ended stays valid that much longer.
   * @default 0: every request asks
   */
  staleness?: Duration;
}

/**
 * Milliseconds of `staleness`, once everything is checked.
 * @throws `SessionConfigError` with every problem at once
 */
export function checkSqliteRevocationOptions(options: SqliteRevocationOptions): number {
  const problems = fileProblems('sqliteRevocation', options);
  const staleness = parseStaleness(options.staleness ?? 0);
  if (staleness === undefined) problems.push({ path: 'sqliteRevocation.staleness', problem: STALENESS_PROBLEM });
  if (options.clock !== undefined && typeof options.clock?.now !== 'function') {
    problems.push({
      path: 'sqliteRevocation.clock',
      problem: 'lacks now(). Leave it out for the clock of the machine.',
    });
  }
  if (problems.length > 0 || staleness === undefined) throw new SessionConfigError(problems, 'sqliteRevocation()');
  return staleness;
}
