import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.js';
import { ownText } from '../../core/own-text.js';
import { isPlainId } from '../../core/plain-id.js';
import { parseToken } from '../../server/token-format.js';

/** A token from a cookie with a valid signature. */
export interface VerifiedToken {
  readonly token: string;
  /** Signed with an older secret. */
  readonly stale: boolean;
}

/** How tokens are signed, and what can be one. */
interface SignatureFormat {
  readonly prefix: string;
  readonly encoding: 'base64' | 'base64url';
  keyOf(secret: string | Uint8Array): KeyObject;
  readonly isToken: (text: string) => boolean;
}

const MAX_VERIFIED = 10_000;
// token (256) + "." + signature (43) + prefix. Longer values are ignored.
const MAX_LENGTH = 320;

/** `s:<id>.<HMAC-SHA256>`, keyed by the secret itself: as express-session does it, for records that both share. */
const PLAIN: SignatureFormat = {
  prefix: 's:',
  encoding: 'base64',
  keyOf: (secret) => createSecretKey(Buffer.from(secret)),
  isToken: isPlainId,
};

/** `s2:<token>.<HMAC-SHA256>`, with a key for this purpose and cookie name: other signatures are not valid. */
const named = (cookie: string): SignatureFormat => ({
  prefix: 's2:',
  encoding: 'base64url',
  keyOf: (secret) => createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `nest-session:token:${cookie}`, 32))),
  isToken: (text) => parseToken(text) !== undefined,
});

/** Signs what a cookie carries with the first secret, and verifies with all of them. */
export class CookieSignature {
  private readonly format: SignatureFormat;
  private readonly keys: readonly KeyObject[];
  // An HMAC costs more than everything else about reading a cookie, and a browser sends the same one again and again.
  private readonly verified = new BoundedMap<string, VerifiedToken>(MAX_VERIFIED);

  /** @param cookie its name, which the signature is bound to; undefined for the format of express-session */
  constructor(secrets: readonly (string | Uint8Array)[], cookie: string | undefined) {
    this.format = cookie === undefined ? PLAIN : named(cookie);
    this.keys = secrets.map((secret) => this.format.keyOf(secret));
  }

  sign(token: string): string {
    const [key] = this.keys;
    if (!key) throw new Error('A cookie signature needs a secret.');
    return `${this.format.prefix}${token}.${this.mac(token, key)}`;
  }

  /** @returns undefined if the value has another shape, or no valid signature */
  verify(value: string): VerifiedToken | undefined {
    const known = this.verified.get(value);
    if (known) return known;
    const { prefix, isToken } = this.format;
    const dot = value.lastIndexOf('.');
    if (value.length > MAX_LENGTH || !value.startsWith(prefix) || dot <= prefix.length) return undefined;
    const token = value.slice(prefix.length, dot);
    if (!isToken(token)) return undefined;
    const signature = Buffer.from(value.slice(dot + 1));
    const index = this.keys.findIndex((key) => {
      const expected = Buffer.from(this.mac(token, key));
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    });
    if (index === -1) return undefined;
    // Copied, because a substring keeps the whole header alive. It is ASCII, or the signature would not be valid.
    const own = ownText(value);
    const verified = { token: own.slice(prefix.length, dot), stale: index > 0 };
    this.verified.set(own, verified);
    return verified;
  }

  private mac(token: string, key: KeyObject): string {
    const mac = createHmac('sha256', key).update(token).digest(this.format.encoding);
    return this.format.encoding === 'base64' ? mac.replace(/=+$/, '') : mac;
  }
}
