import { openIron, parseIron, sealIron, type IronSeal } from './iron-format.js';
import { passwordKeys, purposeKeys, type SealKeys, type SealPassword } from './seal-keys.js';

/** Why a seal does not open. */
export type SealFault =
  /** It does not have the shape of a seal. */
  | 'format'
  /** It names a password that is not, or no longer, configured. */
  | 'unknown-password'
  /** It was sealed with our password for something else. */
  | 'foreign-purpose'
  /** It was changed, or sealed with another password of the same number. */
  | 'tampered';

/** The result of opening a seal. */
export type Opened =
  | {
      readonly ok: true;
      readonly text: string;
      /** When it expires, in milliseconds since the epoch; Infinity for never. The caller checks it. */
      readonly expiresAt: number;
      /** Sealed with an older password. */
      readonly outdated: boolean;
    }
  | { readonly ok: false; readonly fault: SealFault };

/** Options of {@link Sealer}. */
export interface SealerOptions {
  /** The first one seals, all open. */
  readonly passwords: readonly SealPassword[];
  /** The purpose of the seals; undefined for seals as iron-session makes them, which have none. */
  readonly purpose: string | undefined;
}

/** Written after a seal by iron-session 8 and 9. It is not authenticated and has no meaning. */
const MARKER = '~2';

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

  /** @param expiresAt milliseconds since the epoch; Infinity for never */
  seal(text: string, expiresAt: number): string {
    return sealIron(text, this.keys.newest, Math.round(expiresAt)) + this.marker;
  }

  /** Never throws. Does not check times: the caller does, without a grace. */
  open(sealed: string): Opened {
    const end = sealed.indexOf('~');
    const seal = parseIron(end === -1 ? sealed : sealed.slice(0, end));
    if (!seal) return { ok: false, fault: 'format' };
    if (!this.keys.all.has(seal.id)) return { ok: false, fault: 'unknown-password' };
    // Seals for one purpose have no salt and no marker, which are not authenticated, so that a seal has one form only.
    const oneForm = !this.general || (end === -1 && seal.macSalt === '');
    const text = oneForm ? openWith(seal, this.keys) : undefined;
    if (text === undefined) {
      const foreign = this.general && openWith(seal, this.general) !== undefined;
      return { ok: false, fault: foreign ? 'foreign-purpose' : 'tampered' };
    }
    return { ok: true, text, expiresAt: seal.expiresAt, outdated: seal.id !== this.keys.newest.id };
  }
}

function openWith(seal: IronSeal, { all }: SealKeys): string | undefined {
  const keys = all.get(seal.id);
  return keys && openIron(seal, keys);
}
