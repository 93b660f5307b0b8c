import { digest } from '../core/digest.js';

/** The name of a user's epoch in a store: SHA-256 of the id, because ids can be personal data, of any length. */
export const userKey = (userId: string): string => digest(userId);
