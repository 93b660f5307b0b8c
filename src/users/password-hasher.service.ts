import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { Injectable } from '@nestjs/common';

// One of OWASP's equivalent settings for scrypt: 16 MiB of memory, five times.
const LOG_N = 14;
const R = 8;
const P = 5;
const KEY_BYTES = 32;
const FORMAT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/;

/** Hashes passwords by scrypt. The hash says how it was made, so that the cost can be raised later. */
@Injectable()
export class PasswordHasher {
  /** A hash of no password, as costly to compare with as any other. */
  static readonly DUMMY = `$scrypt$ln=${LOG_N},r=${R},p=${P}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await derive(password, salt, KEY_BYTES, { N: 2 ** LOG_N, r: R, p: P });
    return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  async verify(password: string, hash: string): Promise<boolean> {
    const [, logN, r, p, salt, key] = FORMAT.exec(hash) ?? [];
    if (salt === undefined || key === undefined) throw new Error('This is no scrypt hash.');
    const expected = Buffer.from(key, 'base64url');
    const cost = { N: 2 ** Number(logN), r: Number(r), p: Number(p) };
    const actual = await derive(password, Buffer.from(salt, 'base64url'), expected.length, cost);
    return timingSafeEqual(actual, expected);
  }
}

function derive(password: string, salt: Buffer, length: number, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
