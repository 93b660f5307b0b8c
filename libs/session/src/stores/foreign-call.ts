import { SessionStoreError } from '../errors/session-store.error.js';
import { nameOfCause, safeCause } from './store-cause.js';

/** How a store of express-session says what came of an operation. */
export type ForeignCallback = (error?: unknown, value?: unknown) => void;

/** Which operation of which store. */
export interface ForeignOperation {
  readonly store: string;
  readonly operation: 'get' | 'set' | 'touch' | 'destroy';
  /** What the store is given, which no message repeats. */
  readonly given: readonly unknown[];
}

/**
 * Turns one operation of a foreign store into a promise, whether the store calls back at once, later or twice, throws,
 * or returns a promise that rejects. If it never calls back, the promise never settles: the outage guard bounds that.
 *
 * @throws `SessionStoreError`; its message has nothing of the store's own, which may quote keys or data, but the name and
 * code of what it failed with. Its `cause` has the message, without what the store was given.
 */
export function callForeign(what: ForeignOperation, call: (callback: ForeignCallback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      if (isNothing(what.operation, error)) return resolve(undefined);
      const cause = safeCause(error, what.given);
      reject(
        new SessionStoreError(`The session store ${what.store} failed in ${what.operation}()${nameOfCause(cause)}.`, {
          cause,
        }),
      );
    };
    const callback: ForeignCallback = (error, value) => (error ? fail(error) : resolve(value));
    try {
      const returned = call(callback);
      // The callback says when it is done; a promise only what went wrong on the way there.
      if (returned instanceof Promise) returned.catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** express-session takes `ENOENT` for no session. Text that is no JSON, which only a read can meet, is none either. */
function isNothing(operation: ForeignOperation['operation'], cause: unknown): boolean {
  if (operation === 'get') return cause instanceof SyntaxError || errorCode(cause) === 'ENOENT';
  return operation === 'destroy' && errorCode(cause) === 'ENOENT';
}

const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
