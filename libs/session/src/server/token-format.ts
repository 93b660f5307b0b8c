import { timingSafeEqual } from 'node:crypto';
import { digest } from '../core/digest.js';
import type { PresentedToken } from '../engine/session-names.js';

const TOKEN = /^([\w-]{8,64})\.(0|[1-9]\d{0,8})\.[\w-]{43}$/;

/** @returns undefined if the text has another shape */
export function parseToken(text: string): PresentedToken | undefined {
  const [, name, generation] = TOKEN.exec(text) ?? [];
  return name === undefined ? undefined : { key: name, handle: name, generation: Number(generation) };
}

export const tokenText = (name: string, generation: number, secret: string): string =>
  `${name}.${generation}.${secret}`;

/** What a record keeps of a token. The token cannot be recovered from it. */
export const hashToken = digest;

/** Whether this is the hash of a token, compared in constant time. */
export function hasHash(token: string, hash: string): boolean {
  const own = hashToken(token);
  return own.length === hash.length && timingSafeEqual(Buffer.from(own), Buffer.from(hash));
}
