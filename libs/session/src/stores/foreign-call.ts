import { SessionStoreError } from '../errors/session-store.error.js';
import { nameOfCause, safeCause } from './store-cause.js';

/** How a store for express-session returns the result of an operation. */
export type ForeignCallback = (error?: unknown, value?: unknown) => void;

/** Which operation of which store. */
export interface ForeignOperation {
  readonly store: string;
  readonly operation: 'get' | 'set' | 'touch' | 'destroy';
  /** The arguments, which no message repeats. */
  readonly given: readonly unknown[];
}

/**
 * Turns one operation of a foreign store into a promise, whether the store calls back at once, later or twice, throws,
 * or returns a promise that rejects. If it never calls back, the promise never settles: the outage guard bounds that.
 *
 * @throws `SessionStoreError` with the name and code of the failure, and not its message, which may quote keys or data.
 * The `cause` has the message, without the arguments.
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
      // The callback has the result. A promise counts only if it rejects.
      if (returned instanceof Promise) returned.catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** For express-session `ENOENT` means no session. Text that is no JSON, which only a read can find, is none either. */
function isNothing(operation: ForeignOperation['operation'], cause: unknown): boolean {
  if (operation === 'get') return cause instanceof SyntaxError || errorCode(cause) === 'ENOENT';
  return operation === 'destroy' && errorCode(cause) === 'ENOENT';
}

const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
