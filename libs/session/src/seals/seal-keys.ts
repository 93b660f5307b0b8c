import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { IronKeys } from './iron-format.js';

/** A password, and the number that seals name it by. */
export interface SealPassword {
  readonly id: string;
  readonly secret: string;
}

/** What seals and opens. */
export interface SealKeys {
  /** Seals with this one. */
  readonly newest: IronKeys;
  /** Opens with all of these, by their number. */
  readonly all: ReadonlyMap<string, IronKeys>;
}

/** The passwords as they are, as iron-session uses them: every seal derives keys of its own from them. */
export const passwordKeys = (passwords: readonly SealPassword[]): SealKeys =>
  keyring(passwords.map(({ id, secret }) => ({ id, encryption: secret, integrity: secret })));

/**
 * Keys for one purpose and nothing else (HKDF, RFC 5869), derived once: what is sealed for another purpose or cookie
 * with the same password does not open (ASVS V9.2.2).
 */
export const purposeKeys = (passwords: readonly SealPassword[], purpose: string): SealKeys =>
  keyring(
    passwords.map(({ id, secret }) => ({
      id,
      encryption: derive(secret, `${purpose}:encryption`),
      integrity: derive(secret, `${purpose}:integrity`),
    })),
  );

function keyring(keys: readonly IronKeys[]): SealKeys {
  const [newest] = keys;
  if (!newest) throw new Error('Sealing needs a password.');
  return { newest, all: new Map(keys.map((it) => [it.id, it])) };
}

const derive = (secret: string, info: string): KeyObject =>
  createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', `nest-session:${info}`, 32)));
