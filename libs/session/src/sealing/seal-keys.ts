import { hkdfSync } from 'node:crypto';
import type { password } from 'iron-webcrypto';

/** A password, and the number that seals name it by. */
export interface SealPassword {
  readonly id: string;
  readonly secret: string;
}

/** What seals and opens. */
export interface SealKeys {
  /** Seals with this one. */
  readonly newest: password.Secret | password.Specific;
  /** Opens with all of these, by their number. */
  readonly all: Readonly<Record<string, password.Secret | password.Specific>>;
}

/** The passwords as they are, as iron-session uses them: every seal derives keys of its own from them. */
export const passwordKeys = (passwords: readonly SealPassword[]): SealKeys => keyring(passwords, (given) => given);

/**
 * Keys for one purpose and nothing else (HKDF, RFC 5869), derived once: what is sealed for another purpose or cookie
 * with the same password does not open (ASVS V9.2.2).
 */
export const purposeKeys = (passwords: readonly SealPassword[], purpose: string): SealKeys =>
  keyring(passwords, ({ id, secret }) => ({
    id,
    encryption: derive(secret, `${purpose}:encryption`),
    integrity: derive(secret, `${purpose}:integrity`),
  }));

function keyring(
  passwords: readonly SealPassword[],
  keysOf: (given: SealPassword) => password.Secret | password.Specific,
): SealKeys {
  const [newest] = passwords;
  if (!newest) throw new Error('Sealing needs a password.');
  // Without a prototype, because the number comes from a cookie.
  const all = Object.assign(
    Object.create(null) as Record<string, password.Secret | password.Specific>,
    Object.fromEntries(passwords.map((given) => [given.id, keysOf(given)])),
  );
  return { newest: keysOf(newest), all };
}

const derive = (secret: string, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', `nest-session:${info}`, 32));
