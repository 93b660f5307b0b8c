import { defaults, seal, unseal } from 'iron-webcrypto';
import { passwordKeys, purposeKeys, type SealKeys, type SealPassword } from './seal-keys.js';

/** Why a seal does not open. */
export type SealFault =
  /** It has not the shape of a seal. */
  | 'format'
  /** It names a password that is not, or no longer, ours. */
  | 'unknown-password'
  /** It was sealed with our password for something else. */
  | 'foreign-purpose'
  /** It was changed, or sealed with another password of the same number. */
  | 'tampered';

/** What came of opening a seal. */
export type Opened =
  | {
      readonly ok: true;
      readonly text: string;
      /** When it ends, in milliseconds since the epoch; Infinity for never. Whether that is over is the caller's to say. */
      readonly expiresAt: number;
      /** Sealed with a password on its way out. */
      readonly outdated: boolean;
    }
  | { readonly ok: false; readonly fault: SealFault };

/** Options of {@link Sealer}. */
export interface SealerOptions {
  /** The first one seals, all open. */
  readonly passwords: readonly SealPassword[];
  /** What the seals are for; undefined for seals as iron-session makes them, which are for anything. */
  readonly purpose: string | undefined;
}

/** What iron-session 8 and 9 write behind a seal. It is outside of what is authenticated, and so means nothing. */
const MARKER = '~2';

/** Seven fields and the prefix, all of characters that need no encoding in a cookie. */
const SHAPE =
  /^Fe26\.2\*\w*\*[0-9a-f]*\*[\w-]+\*[\w-]+\*(?<expires>[1-9]\d{0,15})?\*(?<salt>[0-9a-f]*)\*(?<mac>[\w-]{43})$/;

/** Seals and opens text in the format of iron-session: AES-256-CBC, then HMAC-SHA-256 over all of it. */
export class Sealer {
  private readonly keys: SealKeys;
  private readonly general: SealKeys | undefined;
  private readonly marker: string;

  constructor({ passwords, purpose }: SealerOptions) {
    const general = passwordKeys(passwords);
    this.keys = purpose === undefined ? general : purposeKeys(passwords, purpose);
    this.general = purpose === undefined ? undefined : general;
    this.marker = purpose === undefined ? MARKER : '';
  }

  /**
   * @param expiresAt milliseconds since the epoch, and not before `now`; Infinity for never
   * @param now the time that `expiresAt` is measured by
   */
  async seal(text: string, expiresAt: number, now: number): Promise<string> {
    const ttl = expiresAt === Infinity ? 0 : Math.max(1, Math.round(expiresAt - now));
    const sealed = await seal(text, this.keys.newest, {
      ...defaults,
      ttl,
      localtimeOffsetMsec: now - Date.now(),
      encode: asText,
    });
    return sealed + this.marker;
  }

  async open(sealed: string): Promise<Opened> {
    const end = sealed.indexOf('~');
    const text = end === -1 ? sealed : sealed.slice(0, end);
    const groups = SHAPE.exec(text)?.groups;
    // The last character of a MAC holds two bits that decoding ignores: of its four forms one is ours.
    if (!groups || !isCanonical(groups['mac'] ?? '')) return { ok: false, fault: 'format' };
    const id = text.split('*', 2)[1] ?? '';
    if (!Object.hasOwn(this.keys.all, id)) return { ok: false, fault: 'unknown-password' };
    // Ours for one purpose have no salt and nothing behind them: neither is authenticated, and a seal has one form only.
    const oneForm = !this.general || (end === -1 && groups['salt'] === '');
    const opened = oneForm ? await tryOpen(text, this.keys) : undefined;
    if (opened === undefined) {
      const foreign = this.general && (await tryOpen(text, this.general)) !== undefined;
      return { ok: false, fault: foreign ? 'foreign-purpose' : 'tampered' };
    }
    return {
      ok: true,
      text: opened,
      expiresAt: groups['expires'] === undefined ? Infinity : Number(groups['expires']),
      outdated: id !== this.keys.newest.id,
    };
  }
}

/** @returns undefined if the MAC does not hold. Times are not looked at: the caller has its own, without any grace. */
async function tryOpen(text: string, keys: SealKeys): Promise<string | undefined> {
  try {
    const options = { ...defaults, timestampSkewSec: Infinity, decode: (decrypted: string): unknown => decrypted };
    return (await unseal(text, keys.all, options)) as string;
  } catch {
    return undefined;
  }
}

// It is JSON already.
const asText = (text: unknown): string => text as string;

const isCanonical = (mac: string): boolean => Buffer.from(mac, 'base64url').toString('base64url') === mac;
