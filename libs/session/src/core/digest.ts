import { hash } from 'node:crypto';

/**
 * SHA-256 of a text, base64url: 43 characters. In one call, because an object for each hash costs more to collect than
 * the hash to compute.
 */
export const digest = (text: string): string => hash('sha256', text, 'base64url');

/** As {@link digest}, as much of it as names something among others: 132 bits. */
export const shortDigest = (text: string): string => digest(text).slice(0, 22);
