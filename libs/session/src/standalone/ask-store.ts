import { SessionStoreError } from '../errors/session-store.error.js';

/**
 * Asks what sessions stand on.
 * @throws `SessionStoreError` if that is out of order, whatever it rejected with
 */
export async function askStore<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SessionStoreError) throw error;
    throw new SessionStoreError(`The ${what} did not answer, so nobody can tell whether the session is live.`, {
      cause: error,
    });
  }
}
