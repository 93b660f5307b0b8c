import { createCipheriv, createHmac, createSecretKey, pbkdf2Sync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { defaults, seal, unseal } from 'iron-webcrypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openIron, parseIron, sealIron, type IronKeys, type IronSecret } from './iron-format.js';

const now = Date.UTC(2026, 0, 1);
// Only the date: WebCrypto needs its turns.
beforeEach(() => void vi.useFakeTimers({ now, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const open = (text: string, keys: IronKeys): string | undefined => {
  const parts = parseIron(text);
  return parts && openIron(parts, keys);
};

const id = fc.stringMatching(/^\w{1,8}$/);
const value = fc.string({ unit: 'binary', maxLength: 300 });
const ttl = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 10 ** 12 }));
const password = fc.oneof(fc.string({ unit: 'binary', minLength: 32, maxLength: 80 }), fc.string({ minLength: 32 }));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

const kinds = {
  passwords: { secret: password, ours: (secret: string | Uint8Array): IronSecret => secret as string },
  keys: { secret: key, ours: (secret: string | Uint8Array): IronSecret => createSecretKey(secret as Uint8Array) },
};

describe.each(Object.entries(kinds))('beside iron-webcrypto, with %s', (_kind, { secret, ours }) => {
  const inputs = [id, secret, secret, value, ttl] as const;

  it('what we seal it opens', async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (name, encryption, integrity, text, life) => {
        const keys = { id: name, encryption: ours(encryption), integrity: ours(integrity) };
        const sealed = sealIron(JSON.stringify(text), keys, now + life);
        expect(await unseal(sealed, { [name]: { id: name, encryption, integrity } }, defaults)).toBe(text);
      }),
    );
  });

  it('what it seals we open, and tell when it ends', async () => {
    await fc.assert(
      fc.asyncProperty(...inputs, async (name, encryption, integrity, text, life) => {
        const options = { ...defaults, ttl: life === Infinity ? 0 : life };
        const sealed = await seal(text, { id: name, encryption, integrity }, options);
        expect(parseIron(sealed)).toMatchObject({ id: name, expiresAt: now + life });
        const keys = { id: name, encryption: ours(encryption), integrity: ours(integrity) };
        expect(open(sealed, keys)).toBe(JSON.stringify(text));
      }),
    );
  });
});

const keyOf = (fill: number): IronSecret => createSecretKey(Buffer.alloc(32, fill));
const examples: [string, IronKeys][] = [
  ['passwords', { id: '1', encryption: 'e'.repeat(32), integrity: 'i'.repeat(32) }],
  ['keys', { id: '1', encryption: keyOf(1), integrity: keyOf(2) }],
];

describe.each(examples)('a seal with %s', (_kind, keys) => {
  it('ends for iron-webcrypto a minute after it ends', async () => {
    const raw = (secret: IronSecret) => (typeof secret === 'string' ? secret : new Uint8Array(secret.export()));
    const theirs = { 1: { id: '1', encryption: raw(keys.encryption), integrity: raw(keys.integrity) } };
    await expect(unseal(sealIron('{}', keys, now - 59_999), theirs, defaults)).resolves.toEqual({});
    await expect(unseal(sealIron('{}', keys, now - 60_000), theirs, defaults)).rejects.toThrow('Expired seal');
  });

  it('does not open if one character of any field is another one', () => {
    const text = sealIron('{"user":{"id":"u1"}}', keys, now);
    expect(open(text, keys)).toBe('{"user":{"id":"u1"}}');
    for (let at = 0; at < text.length; at++) {
      for (const other of 'A1f*') {
        if (text[at] === other) continue;
        expect(open(text.slice(0, at) + other + text.slice(at + 1), keys), `${other} at ${at}`).toBeUndefined();
      }
    }
  });

  it('does not open without or with one more field, longer, shorter, or with the field of another seal', () => {
    const fields = sealIron('{}', keys, now).split('*');
    const others = sealIron('{}', keys, now + 1).split('*');
    for (const [at, field] of fields.entries()) {
      const changed = [undefined, `${field}a`, field.slice(0, -1), `${field}*${field}`, others[at]];
      for (const instead of changed.filter((it) => it !== field)) {
        const text = fields.toSpliced(at, 1, ...(instead === undefined ? [] : [instead])).join('*');
        // Beside a key the salt of the MAC says nothing: who opens such seals decides whether it may be there.
        if (at === 6 && fields[6] === '' && instead === 'a') continue;
        expect(open(text, keys), text).toBeUndefined();
      }
    }
  });

  it('is unlike every other one', () => {
    const seals = Array.from({ length: 100 }, () => sealIron('{}', keys, now).split('*'));
    // Salts, if there are any, initialisation vector, data, MAC.
    for (const at of typeof keys.encryption === 'string' ? [2, 3, 4, 6, 7] : [3, 4, 7]) {
      expect(new Set(seals.map((fields) => fields[at])).size).toBe(100);
    }
  });
});

describe('the holder of the keys', () => {
  const encryption = createSecretKey(randomBytes(32));
  const integrity = createSecretKey(randomBytes(32));
  const keys = { id: '1', encryption, integrity };
  const signed = (iv: Buffer, data: Buffer) => {
    const text = `Fe26.2*1**${iv.toString('base64url')}*${data.toString('base64url')}*`;
    return `${text}**${createHmac('sha256', integrity).update(text).digest('base64url')}`;
  };
  const encrypted = (text: string) => {
    const cipher = createCipheriv('aes-256-cbc', encryption, Buffer.alloc(16)).setAutoPadding(false);
    return Buffer.concat([cipher.update(text), cipher.final()]);
  };

  it.each([
    ['of another length', Buffer.alloc(16), Buffer.alloc(17)],
    ['without padding', Buffer.alloc(16), encrypted('x'.repeat(16))],
    ['with a short initialisation vector', Buffer.alloc(15), encrypted(`{}${'\x0e'.repeat(14)}`)],
  ])('seals nothing that opens by data %s', (_what, iv, data) => {
    expect(open(signed(Buffer.alloc(16), encrypted(`{}${'\x0e'.repeat(14)}`)), keys)).toBe('{}');
    expect(open(signed(iv, data), keys)).toBeUndefined();
  });

  it('needs a salt beside a password', () => {
    const secret = 'x'.repeat(32);
    const unsalted = createSecretKey(pbkdf2Sync(secret, '', 1, 32, 'sha1'));
    const text = sealIron('{}', { id: '1', encryption: unsalted, integrity: unsalted }, now);
    expect(open(text, { id: '1', encryption: unsalted, integrity: unsalted })).toBe('{}');
    expect(open(text, { id: '1', encryption: secret, integrity: secret })).toBeUndefined();
  });
});
