import { randomText } from './random-text.js';

/** A new name of a session: 16 bytes of the system's CSPRNG, base64url. Not a secret: it opens nothing. */
export const newSessionName = (): string => randomText(16);

/** A new secret: 32 bytes of the system's CSPRNG, base64url (ASVS V7.2.3 asks for at least 16). */
export const newSecret = (): string => randomText(32);

/** Whether a text can be the name of a session. The store is not asked about anything else. */
export const isSessionName = (text: string): boolean => /^[\w-]{8,64}$/.test(text);
