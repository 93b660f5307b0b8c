import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';

/** A key of 32 bytes that is used directly, or a password from which every seal derives its own keys. */
export type IronSecret = KeyObject | string;

/** The keys of one seal. */
export interface IronKeys {
  /** The id of the keys in a seal: letters, digits and `_`. */
  readonly id: string;
  readonly encryption: IronSecret;
  readonly integrity: IronSecret;
}

/** The parts of a seal. Only their shape has been checked. */
export interface IronSeal {
  readonly id: string;
  readonly salt: string;
  readonly iv: string;
  readonly data: string;
  /** Milliseconds since the epoch; Infinity for never. */
  readonly expiresAt: number;
  /** All of the above as written: the input of the MAC. */
  readonly signed: string;
  readonly macSalt: string;
  readonly mac: string;
}

/**
 * Prefix and seven fields, all of characters that need no encoding in a cookie. Decoding ignores two bits of the last
 * character of a MAC. Of its four forms only the one that is written is accepted, so a seal cannot be given another form.
 */
const SHAPE =
  /^(Fe26\.2\*(\w*)\*([0-9a-f]*)\*([\w-]+)\*([\w-]+)\*([1-9]\d{0,15})?)\*([0-9a-f]*)\*([\w-]{42}[AEIMQUYcgkosw048])$/;

/** @returns undefined if the text does not have the shape of a seal */
export function parseIron(text: string): IronSeal | undefined {
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [, signed = '', id = '', salt = '', iv = '', data = '', expires, macSalt = '', mac = ''] = match;
  const expiresAt = expires === undefined ? Infinity : Number(expires);
  return { id, salt, iv, data, expiresAt, signed, macSalt, mac };
}

/** @param expiresAt whole milliseconds since the epoch; Infinity for never */
export function sealIron(text: string, { id, encryption, integrity }: IronKeys, expiresAt: number): string {
  const salt = newSalt(encryption);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', keyFrom(encryption, salt), iv);
  const data = cipher.update(text, 'utf8', 'base64url') + cipher.final('base64url');
  const expires = expiresAt === Infinity ? '' : expiresAt;
  const signed = `Fe26.2*${id}*${salt}*${iv.toString('base64url')}*${data}*${expires}`;
  const macSalt = newSalt(integrity);
  return `${signed}*${macSalt}*${macOf(signed, keyFrom(integrity, macSalt)).toString('base64url')}`;
}

/** @returns undefined if it was not sealed with these keys. The caller checks the time. */
export function openIron(seal: IronSeal, { encryption, integrity }: IronKeys): string | undefined {
  if (!isSalted(encryption, seal.salt) || !isSalted(integrity, seal.macSalt)) return undefined;
  // Before decryption, because errors of decrypting chosen data would help an attacker to decrypt other seals.
  const mac = macOf(seal.signed, keyFrom(integrity, seal.macSalt));
  if (!timingSafeEqual(mac, Buffer.from(seal.mac, 'base64url'))) return undefined;
  try {
    const iv = Buffer.from(seal.iv, 'base64url');
    const decipher = createDecipheriv('aes-256-cbc', keyFrom(encryption, seal.salt), iv);
    return decipher.update(seal.data, 'base64url', 'utf8') + decipher.final('utf8');
  } catch {
    // The holder of the keys sealed something that is no text.
    return undefined;
  }
}

const macOf = (signed: string, key: KeyObject | Buffer): Buffer => createHmac('sha256', key).update(signed).digest();

// One iteration, as in iron: this does not slow down guessing, so a password has to be random.
const keyFrom = (secret: IronSecret, salt: string): KeyObject | Buffer =>
  typeof secret === 'string' ? pbkdf2Sync(secret, salt, 1, 32, 'sha1') : secret;

const newSalt = (secret: IronSecret): string => (typeof secret === 'string' ? randomBytes(32).toString('hex') : '');

/** A password needs a salt. With a key it is ignored, as in iron. */
const isSalted = (secret: IronSecret, salt: string): boolean => typeof secret !== 'string' || salt !== '';
