import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { BoundedMap } from '../../core/bounded-map.js';
import { ownText } from '../../core/own-text.js';
import { isSessionId } from '../../core/session-id.js';

/** An id that a cookie carried with a signature of ours. */
export interface VerifiedId {
  readonly id: string;
  /** Signed with a secret that is on its way out. */
  readonly stale: boolean;
}

const REMEMBERED = 10_000;
const PREFIX = 's:';
// id (256) + "." + signature (43) + prefix, and nothing longer is looked at.
const LONGEST = 320;

/** Signs ids as express-session does, `s:<id>.<HMAC-SHA256>`, with the first secret, and verifies with all of them. */
export class CookieSignature {
  private readonly keys: readonly KeyObject[];
  // Computing an HMAC costs more than the rest of reading a cookie, and a browser sends the same one again and again.
  private readonly verified = new BoundedMap<string, VerifiedId>(REMEMBERED);

  constructor(secrets: readonly (string | Uint8Array)[]) {
    this.keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  }

  sign(id: string): string {
    const [key] = this.keys;
    if (!key) throw new Error('A cookie signature needs a secret.');
    return `${PREFIX}${id}.${mac(id, key)}`;
  }

  /** @returns undefined if the value has another shape, or a signature that is not ours */
  verify(value: string): VerifiedId | undefined {
    const known = this.verified.get(value);
    if (known) return known;
    const dot = value.lastIndexOf('.');
    if (value.length > LONGEST || !value.startsWith(PREFIX) || dot <= PREFIX.length) return undefined;
    const id = value.slice(PREFIX.length, dot);
    if (!isSessionId(id)) return undefined;
    const signature = Buffer.from(value.slice(dot + 1));
    const index = this.keys.findIndex((key) => {
      const expected = Buffer.from(mac(id, key));
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    });
    if (index === -1) return undefined;
    // Remembered without the header that it is a part of. It is ASCII, or its signature would not be ours.
    const own = ownText(value);
    const verified = { id: own.slice(PREFIX.length, dot), stale: index > 0 };
    this.verified.set(own, verified);
    return verified;
  }
}

const mac = (id: string, key: KeyObject): string =>
  createHmac('sha256', key).update(id).digest('base64').replace(/=+$/, '');
