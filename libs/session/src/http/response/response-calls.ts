import type { ServerResponse } from 'node:http';

/** Whether `writeHead()` accepts this status. */
export const isStatus = (status: unknown): boolean => Number(status) >= 100 && Number(status) <= 999;

/** Whether `write()` accepts this. */
export const isChunk = (chunk: unknown): boolean => typeof chunk === 'string' || chunk instanceof Uint8Array;

/** Whether `end()` accepts this in place of a chunk. */
export const isNoChunk = (first: unknown): boolean => first == null || typeof first === 'function';

/** The error of Node for any other chunk. Thrown before the response is held, while the caller can still catch it. */
export const invalidChunk = (): TypeError =>
  Object.assign(new TypeError('What a response writes must be a string, Buffer or Uint8Array'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });

/** The error of Node for a write after the end. */
export const afterEnd = (): Error =>
  Object.assign(new Error('Cannot write or end a response after it was ended'), {
    code: 'ERR_STREAM_ALREADY_FINISHED',
  });

/** Calls the callback among the arguments, outside of what goes on here. */
export function callBack(args: unknown[], error?: Error): void {
  const callback = args.at(-1);
  if (typeof callback === 'function') process.nextTick(callback, error);
}

/** Emits "drain" for code that waits to write on. */
export const drain = (res: ServerResponse): void => process.nextTick(() => res.emit('drain'));

/** A thrown error as a rejected promise. */
export const rejected = async (error: unknown): Promise<never> => {
  throw error;
};

/** Whether a response is closed: a compatible response of HTTP/2 does not say it of itself. */
export function isClosed(res: object): boolean {
  const { closed, stream } = res as { closed?: boolean; stream?: { destroyed: boolean } };
  return closed ?? stream?.destroyed ?? false;
}

/** What a function gives; a rejection if it throws. */
export function attempt<T>(work: () => T): T | Promise<never> {
  try {
    return work();
  } catch (error) {
    return rejected(error);
  }
}
