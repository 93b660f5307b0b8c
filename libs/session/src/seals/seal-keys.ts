import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { IronKeys } from './iron-format.js';

/** A password, and its number in seals. */
export interface SealPassword {
  readonly id: string;
  readonly secret: string;
}

/** Keys for sealing and opening. */
export interface SealKeys {
  /** Used for sealing. */
  readonly newest: IronKeys;
  /** All keys that open, by their number. */
  readonly all: ReadonlyMap<string, IronKeys>;
}

/** The passwords themselves, as in iron-session: every seal derives its own keys from them. */
export const passwordKeys = (passwords: readonly SealPassword[]): SealKeys =>
  keyring(passwords.map(({ id, secret }) => ({ id, encryption: secret, integrity: secret })));

/**
 * Keys for one purpose only (HKDF, RFC 5869), derived once: they do not open what was sealed for another purpose or cookie
 * with the same password (ASVS V9.2.2).
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
