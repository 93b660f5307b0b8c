import { digest } from '../core/digest.js';

/** A user's key in a revocation store: SHA-256 of the id, because ids can be personal data, and of any length. */
export const userKey = (userId: string): string => digest(userId);
