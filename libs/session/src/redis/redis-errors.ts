import { SessionStoreError } from '../errors/session-store.error.js';

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/READONLY/, 'this server is a replica. Connect to the master; with Sentinel give `sentinels` and `name`'],
  [
    /NOPERM|can't run this command/,
    'the ACL user may not do this. It needs GET, SET, DEL, PTTL, PEXPIRE, SCAN, PING, EVAL, EVALSHA, ZADD, ZREM, ZSCORE, ZRANGEBYSCORE and ZREMRANGEBYSCORE on the prefix',
  ],
  [/NOAUTH|WRONGPASS/, 'the user name or the password is wrong. Check the URL or the options of the client'],
  [/OOM/, 'Redis is at its memory limit. Raise maxmemory, or keep what may be evicted in another server'],
  [/CLUSTERDOWN/, 'a part of the Cluster has no master. It recovers with the Cluster'],
  [/^BUSY\b/, 'a script blocks Redis. SCRIPT KILL ends it, if it has written nothing'],
  [/^LOADING\b/, 'Redis loads its data from the disk. It answers as soon as that is done'],
  [/MISCONF|MASTERDOWN|NOREPLICAS/, 'Redis refuses writes. Its log says why'],
  [/unknown command/i, 'this server lacks a command that the store needs. Use Redis 5 or later, with scripts enabled'],
  [/did not answer|timed out/, 'look at the load of the server and at the network, or raise commandTimeout'],
];
const DEFAULT_HINT = 'check that it runs and can be reached. The store recovers by itself as soon as it answers';

const hintFor = (reason: string): string => HINTS.find(([pattern]) => pattern.test(reason))?.[1] ?? DEFAULT_HINT;

/** The error of a command that did not do its work. */
export function commandFailed(error: unknown): SessionStoreError {
  if (error instanceof SessionStoreError) return error;
  const cause = withoutSecrets(error);
  return new SessionStoreError(`Redis did not do what the session store asked: ${hintFor(cause.message)}.`, { cause });
}

/** The error of a command that was not sent, because Redis is known to be away. */
export function notAvailable(what: string, lastError: unknown): SessionStoreError {
  const cause = lastError === undefined ? undefined : withoutSecrets(lastError);
  const message = `Redis is not available to the session store (${what}): ${hintFor(cause?.message ?? '')}.`;
  return new SessionStoreError(message, cause && { cause });
}

/** The error of a store that is used after `close()`. */
export const storeClosed = (): SessionStoreError =>
  new SessionStoreError('The session store is closed: the application is shutting down. Send no more requests to it.');

/** Whether the client itself gave a command up: it has a `commandTimeout` of its own. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Command timed out';

/** Whether Redis answered at all, if only with an error. In a Cluster the asked one may answer for one that is away. */
export const isReply = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !/^(CLUSTERDOWN|TRYAGAIN|MOVED|ASK)/.test(error.message);

/**
 * A copy of an error that is safe to log: ioredis hangs the whole command on its errors, so keys and values, and Redis
 * repeats arguments in some messages.
 */
export function withoutSecrets(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { command } = error as { command?: { args?: readonly unknown[] } };
  let message = error.message;
  for (const arg of command?.args ?? []) {
    if (typeof arg === 'string' && arg.length > 3) message = message.replaceAll(arg, '***');
  }
  const { code } = error as NodeJS.ErrnoException;
  const copy = Object.assign(new Error(message), code !== undefined && { code });
  copy.name = error.name;
  return copy;
}
