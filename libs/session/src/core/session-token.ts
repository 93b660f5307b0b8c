import { digest } from './digest.js';
import { randomText } from './random-text.js';

/** A new name of a session: 16 bytes of the system's CSPRNG, base64url. Not a secret: it opens nothing. */
export const newSessionName = (): string => randomText(16);

/** A new secret: 32 bytes of the system's CSPRNG, base64url (ASVS V7.2.3 asks for at least 16). */
export const newSecret = (): string => randomText(32);

/** The token of a session whose name is not its secret. */
export interface SessionToken {
  readonly name: string;
  /** How often the secret was replaced. */
  readonly generation: number;
}

/** Whether a text can be the name of a session. The store is not asked about anything else. */
export const isSessionName = (text: string): boolean => /^[\w-]{8,64}$/.test(text);

const TOKEN = /^([\w-]{8,64})\.(0|[1-9]\d{0,8})\.[\w-]{43}$/;

/** @returns undefined if the text has another shape */
export function parseToken(text: string): SessionToken | undefined {
  const [, name, generation] = TOKEN.exec(text) ?? [];
  return name === undefined ? undefined : { name, generation: Number(generation) };
}

export const tokenText = (name: string, generation: number, secret: string): string =>
  `${name}.${generation}.${secret}`;

/** What a record keeps of a token. The token cannot be recovered from it. */
export const hashToken = digest;
