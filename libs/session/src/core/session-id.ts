import { hash, randomFillSync } from 'node:crypto';

const ID_BYTES = 32;
// One call into the kernel's generator serves many ids.
const pool = Buffer.allocUnsafe(ID_BYTES * 64);
let used = pool.length;

/** A new session id: 32 bytes from the system's CSPRNG, base64url (ASVS V7.2.3 asks for at least 16). */
export function generateSessionId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  pool.fill(0, used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}

// In one call: an object for each hash would cost more to collect than to compute.
const digest = (text: string) => hash('sha256', text, 'base64url');

/** The name of a record in a store: a hash of the id, so that a dump of the store opens no session. */
export const hashSessionId = (id: string): string => digest(id);

/** The public name of a session, derived from its id and not reversible. The same for hashed and plain stores. */
export const sessionHandle = (id: string): string => handleOfHash(hashSessionId(id));

/** The public name of the session of a record, from what {@link hashSessionId} made of its id. */
export const handleOfHash = (hash: string): string => digest(`handle:${hash}`).slice(0, 22);

/**
 * The id that a sealed session goes on under. It follows from the old session's name, so that whoever knows that one can
 * tell whether the new one has ended. It opens nothing: a seal does.
 */
export const nextSealedId = (handle: string): string => digest(`successor:${handle}`);

/** Whether a value has the shape of an id: what a cookie carries is refused before any store is asked otherwise. */
export const isSessionId = (value: string): boolean => value.length <= 256 && /^[\w~!*'().+/=,@:-]+$/.test(value);
