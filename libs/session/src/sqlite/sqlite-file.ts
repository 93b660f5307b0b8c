import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SessionStoreError } from '../errors/session-store.error.js';

/** The path by which SQLite keeps a database in memory. */
export const IN_MEMORY = ':memory:';

/**
 * Creates the file if it is missing, and makes it readable by its owner only, because sessions are personal data. SQLite
 * gives its -wal and -shm files the same permissions.
 *
 * @throws `SessionStoreError`
 */
export function prepareFile(path: string): void {
  if (path === IN_MEMORY) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (createFile(path) || (statSync(path).mode & 0o077) === 0) return;
    chmodSync(path, 0o600);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new SessionStoreError(
      `The session file ${path} cannot be created, or cannot be made readable by its owner only${code}.`,
      { cause },
    );
  }
}

/** Which file a path leads to. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Undefined if there is none, or if it is in memory. */
export function identityOf(path: string): FileIdentity | undefined {
  return path === IN_MEMORY ? undefined : statSync(path, { throwIfNoEntry: false });
}

/** Whether a path still leads to the same file. */
export const isSameFile = (before: FileIdentity, now: FileIdentity | undefined): boolean =>
  now !== undefined && before.dev === now.dev && before.ino === now.ino;

/** @returns false if it exists already */
function createFile(path: string): boolean {
  try {
    // Never opens an existing file: closing it would release the locks that SQLite holds on it in this process.
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
