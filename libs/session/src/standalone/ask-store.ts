import { SessionStoreError } from '../errors/session-store.error.js';

/**
 * Calls a store.
 * @throws `SessionStoreError` for any rejection
 */
export async function askStore<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SessionStoreError) throw error;
    throw new SessionStoreError(`The ${what} did not answer, so it is not known whether the session is live.`, {
      cause: error,
    });
  }
}
