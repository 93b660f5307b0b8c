import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import type { LockRecord } from '../core/record.js';
import type { ReportedStore } from '../engine/reported-store.js';

/** The suffix of a session's key for its lock. */
export const LOCK_SUFFIX = '.lock';

/** A lock whose holder died is free after this time (ms). Its holder renews it meanwhile. */
const LEASE = 15_000;

/**
 * Takes a lock for all processes on this store: a record that only one of them can create. It expires if its holder dies.
 * @returns a function that releases it; undefined if another request has it
 */
export async function takeLock(
  store: ReportedStore,
  clock: Clock,
  key: string,
): Promise<(() => Promise<void>) | undefined> {
  const holder = randomUUID();
  const lease = (length: number): LockRecord => ({ kind: 'lock', holder, expiresAt: clock.now() + length });
  let version = await store.create(key, lease(LEASE));
  if (version === undefined) return undefined;
  // Saved and not renewed or deleted: a lock that was lost and taken by another request must not be touched.
  const write = async (length: number): Promise<void> => {
    for (let tries = 0; version !== undefined && tries < 2; tries++) {
      const result = await store.save(key, lease(length), version);
      if (result.status === 'saved') return void (version = result.version);
      // A write that seemed to fail may have been executed.
      const current = result.status === 'changed' ? result.current : undefined;
      const isOurs = current?.record.kind === 'lock' && current.record.holder === holder;
      version = isOurs ? current.version : undefined;
    }
  };
  let renewing = Promise.resolve();
  const renewal = setInterval(() => {
    renewing = renewing.then(() => write(LEASE)).catch(() => undefined);
  }, LEASE / 3).unref();
  return async () => {
    clearInterval(renewal);
    await renewing;
    await write(-LEASE).catch(() => undefined);
  };
}
