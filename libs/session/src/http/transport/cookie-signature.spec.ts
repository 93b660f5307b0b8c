import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSecret, newSessionName } from '../../core/session-name.js';
import { tokenText } from '../../server/token-format.js';
import type { BoundedMap } from '../../core/bounded-map.js';
import { CookieSignature } from './cookie-signature.js';

// The very package that express-session signs with.
const require = createRequire(createRequire(import.meta.url).resolve('express-session'));
const reference = require('cookie-signature') as {
  sign(value: string, secret: string): string;
  unsign(value: string, secret: string): string | false;
};

const SECRET = 'a secret of more than thirty-two characters';
const OLD = 'the secret that was in use before this one';
const signature = new CookieSignature([SECRET, OLD], undefined);

const ids = fc.string({
  unit: fc.constantFrom(...Array.from('abcXYZ019-_~.!*()+/=,@:')),
  minLength: 1,
  maxLength: 256,
});

describe('CookieSignature', () => {
  it('signs byte for byte as express-session does', () => {
    fc.assert(
      fc.property(ids, fc.string({ minLength: 1 }), (id, secret) => {
        expect(new CookieSignature([secret], undefined).sign(id)).toBe(`s:${reference.sign(id, secret)}`);
      }),
    );
  });

  it('verifies what express-session signed, and express-session what it signed', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(signature.verify(`s:${reference.sign(id, SECRET)}`)).toEqual({ token: id, stale: false });
        expect(reference.unsign(signature.sign(id).slice(2), SECRET)).toBe(id);
      }),
    );
  });

  it('signs with the first secret only, and verifies with all', () => {
    const id = newSecret();
    const fresh = signature.sign(id);
    expect(fresh).toBe(new CookieSignature([SECRET], undefined).sign(id));
    expect(new CookieSignature([OLD], undefined).verify(fresh)).toBeUndefined();
    expect(signature.verify(fresh)).toEqual({ token: id, stale: false });
    expect(signature.verify(new CookieSignature([OLD], undefined).sign(id))).toEqual({ token: id, stale: true });
  });

  it('refuses what a secret signed that was taken away', () => {
    const id = newSecret();
    expect(
      new CookieSignature([SECRET], undefined).verify(new CookieSignature([OLD], undefined).sign(id)),
    ).toBeUndefined();
  });

  it('takes secrets that are bytes', () => {
    const bytes = new Uint8Array([0, 255, 128, 7]);
    expect(
      new CookieSignature([bytes], undefined).verify(new CookieSignature([Buffer.from(bytes)], undefined).sign('id')),
    ).toBeDefined();
  });

  it('throws at no value, and believes none that it did not sign', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        for (const value of [text, `s:${text}`, `s:${text}.${text}`, `s:id.${text}`])
          expect(signature.verify(value)).toBeUndefined();
      }),
    );
  });

  it('refuses a value with any character changed, added or taken away', () => {
    const character = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('.', '=', 'A'),
    );
    fc.assert(
      fc.property(ids, fc.nat(), character, (id, at, other) => {
        const value = signature.sign(id);
        const index = at % value.length;
        fc.pre(value[index] !== other);
        const before = value.slice(0, index);
        const after = value.slice(index + 1);
        expect(signature.verify(before + other + after)).toBeUndefined();
        expect(signature.verify(value + other)).toBeUndefined();
        expect(signature.verify(other + value)).toBeUndefined();
        expect(signature.verify(before + after)?.token).not.toBe(id);
      }),
    );
  });

  it('refuses each bit of the last character that base64 does not use', () => {
    const value = signature.sign('id');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const others = Array.from(alphabet, (last) => value.slice(0, -1) + last).filter((other) => other !== value);
    expect(others).toHaveLength(63);
    for (const other of others) expect(signature.verify(other)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a prefix alone', 's:'],
    ['neither id nor signature', 's:.'],
    ['no id', `s:.${reference.sign('', SECRET).slice(1)}`],
    ['no signature', 's:id.'],
    ['no dot', 's:id'],
    ['no prefix', reference.sign('id', SECRET)],
    ['JSON of cookie-parser', 'j:{}'],
    ['the padding left on', `${signature.sign('id')}=`],
    ['another prefix', `S:${reference.sign('id', SECRET)}`],
    ['base64url', signature.sign('id').replaceAll('+', '-').replaceAll('/', '_').replace(/.$/, '_')],
    ['a signature of as many characters and more bytes', `s:id.${'ä'.repeat(43)}`],
    ['a lone surrogate', `s:id.${'\ud800'.repeat(43)}`],
    ['NUL in the id', `s:${reference.sign('i\0d', SECRET)}`],
    ['a line break in the id', `s:${reference.sign('i\nd', SECRET)}`],
    ['a semicolon in the id', `s:${reference.sign('i;d', SECRET)}`],
    ['an id outside of ASCII', `s:${reference.sign('ïd', SECRET)}`],
    ['an id of 257 characters', `s:${reference.sign('a'.repeat(257), SECRET)}`],
    ['16 KB', `s:${reference.sign('a'.repeat(16_384), SECRET)}`],
  ])('refuses %s', (_what, value) => {
    expect(signature.verify(value)).toBeUndefined();
    // And again: nothing that was refused is remembered.
    expect(signature.verify(value)).toBeUndefined();
  });

  it('remembers a bounded number of values', () => {
    const many = Array.from({ length: 10_100 }, (_, index) => signature.sign(`id${index}`));
    for (const value of many) expect(signature.verify(value)).toBeDefined();
    for (const [index, value] of many.entries())
      expect(signature.verify(value)).toEqual({ token: `id${index}`, stale: false });
    const { verified } = signature as unknown as { verified: BoundedMap<string, unknown> };
    expect(verified.size).toBeLessThanOrEqual(10_000);
  });

  it('cannot sign without a secret', () => {
    expect(() => new CookieSignature([], undefined).sign('id')).toThrow('needs a secret');
    expect(new CookieSignature([], undefined).verify(signature.sign('id'))).toBeUndefined();
  });
});

describe('CookieSignature of tokens', () => {
  const token = tokenText(newSessionName(), 3, newSecret());
  const ours = new CookieSignature([SECRET, OLD], 'sid');

  it('signs for one cookie, and takes no value of another', () => {
    expect(ours.verify(ours.sign(token))).toEqual({ token, stale: false });
    expect(new CookieSignature([SECRET], 'backoffice').verify(ours.sign(token))).toBeUndefined();
  });

  it('takes nothing that was signed with the secret itself, as other libraries do', () => {
    expect(ours.verify(`s:${reference.sign(token, SECRET)}`)).toBeUndefined();
    expect(ours.verify(`s2:${reference.sign(token, SECRET)}`)).toBeUndefined();
  });

  it('accepts no text without the shape of a token, even if it is signed', () => {
    for (const text of ['admin', 'n'.repeat(22), `${'n'.repeat(22)}.0`])
      expect(ours.verify(ours.sign(text))).toBeUndefined();
  });

  it('covers all of it: name, generation and secret', () => {
    const [name = '', , secret = ''] = token.split('.');
    const mac = ours.sign(token).slice(ours.sign(token).lastIndexOf('.'));
    for (const other of [
      tokenText(name, 4, secret),
      tokenText(newSessionName(), 3, secret),
      tokenText(name, 3, newSecret()),
    ])
      expect(ours.verify(`s2:${other}${mac}`)).toBeUndefined();
  });

  it('takes what was signed with a secret on its way out, and says so', () => {
    expect(ours.verify(new CookieSignature([OLD], 'sid').sign(token))).toEqual({ token, stale: true });
  });
});
