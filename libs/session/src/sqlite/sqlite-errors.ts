import { SessionStoreError } from '../errors/session-store.error.js';

/** Primary result codes of SQLite, and what they mean for sessions. */
const MEANINGS: Readonly<Record<number, string>> = {
  5: 'is locked by another process for longer than busyTimeout. Find out which one holds it: fuser or lsof name it',
  8: 'is read-only',
  10: 'cannot be read or written: the disk reports an error',
  11: 'is damaged; restore it or delete it, which logs all users out',
  13: 'is full: the disk has no space left',
  14: 'cannot be opened: check the path and its permissions',
  26: 'is no SQLite database; give sessions a file of their own',
};

/** Runs one operation of SQLite. @throws `SessionStoreError` that says what is wrong with the file */
export function guarded<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    throw toStoreError(path, cause);
  }
}

/** The error of an operation that failed. It says what is wrong with the file. */
export function toStoreError(path: string, cause: unknown): SessionStoreError {
  if (cause instanceof SessionStoreError) return cause;
  const code = resultCode(cause);
  const meaning = code === undefined ? undefined : MEANINGS[code];
  return new SessionStoreError(
    `The session file ${path} ${meaning ?? `failed${code === undefined ? '' : ` with SQLite's code ${code}`}`}.`,
    { cause },
  );
}

/** The error of an operation that is not tried, because the file is known to be locked. */
export const stillLocked = (path: string): SessionStoreError =>
  new SessionStoreError(
    `The session file ${path} is still locked by another process. Operations wait for it again as soon as it is free.`,
  );

/** Whether an error of SQLite, or one of ours with such a cause, says that another process is writing. */
export const isBusy = (error: unknown): boolean =>
  resultCode(error) === 5 || (error instanceof SessionStoreError && resultCode(error.cause) === 5);

/** The primary result code: the lowest eight bits. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
