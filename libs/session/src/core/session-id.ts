import { digest, shortDigest } from './digest.js';
import { randomText } from './random-text.js';

/** A new session id: 32 bytes from the system's CSPRNG, base64url (ASVS V7.2.3 asks for at least 16). */
export const generateSessionId = (): string => randomText(32);

/** The name of a record in a store: a hash of the id, so that a dump of the store opens no session. */
export const hashSessionId = (id: string): string => digest(id);

/** The public name of a session, derived from its id and not reversible. The same for hashed and plain stores. */
export const sessionHandle = (id: string): string => handleOfHash(hashSessionId(id));

/** The public name of the session of a record, from what {@link hashSessionId} made of its id. */
export const handleOfHash = (hash: string): string => shortDigest(`handle:${hash}`);

/**
 * The id that a sealed session goes on under. It follows from the old session's name, so that whoever knows that one can
 * tell whether the new one has ended. It opens nothing: a seal does.
 */
export const nextSealedId = (handle: string): string => digest(`successor:${handle}`);

/** Whether a value has the shape of an id: what a cookie carries is refused before any store is asked otherwise. */
export const isSessionId = (value: string): boolean => value.length <= 256 && /^[\w~!*'().+/=,@:-]+$/.test(value);
