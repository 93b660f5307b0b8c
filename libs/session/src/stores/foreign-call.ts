import { SessionStoreError } from '../errors/session-store.error.js';

/** How a store of express-session says what came of an operation. */
export type ForeignCallback = (error?: unknown, value?: unknown) => void;

/** Which operation of which store. */
export interface ForeignOperation {
  readonly store: string;
  readonly operation: 'get' | 'set' | 'touch' | 'destroy';
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Turns one operation of a foreign store into a promise that settles in time, whether the store calls back at once,
 * later, twice or never, throws, or returns a promise that rejects.
 *
 * @throws `SessionStoreError`; its message has nothing of the store's own, which may quote keys or data
 */
export function callForeign(what: ForeignOperation, call: (callback: ForeignCallback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new SessionStoreError(
          `The session store ${what.store} did not answer ${what.operation}() within ${what.timeout} ms.`,
        ),
      );
    }, what.timeout).unref();
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      if (isNothing(what.operation, cause)) return resolve(undefined);
      reject(
        new SessionStoreError(`The session store ${what.store} failed in ${what.operation}()${codeOf(cause)}.`, {
          cause,
        }),
      );
    };
    const callback: ForeignCallback = (error, value) => {
      if (error) return fail(error);
      clearTimeout(timer);
      resolve(value);
    };
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

const codeOf = (error: unknown): string => {
  const code = errorCode(error);
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? ` with ${code}` : '';
};

const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
