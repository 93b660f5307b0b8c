import fc from 'fast-check';
import { memoryStore } from 'nest-session';
import { createServerSessionReader } from 'nest-session/standalone';
import { describe, expect, it } from 'vitest';
import { cookiesOfComponent } from './next.js';
import { loggedIn, sealedReader } from './support.js';

const server = createServerSessionReader({ secret: 'a secret for tests that is long enough', store: memoryStore() });
const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'session',
    'session.0',
    'sid',
    '=',
    ';',
    ' ',
    '%',
    '%ff',
    'Fe26.2*',
    '*',
    '~2',
    's:',
    's%3A',
    's2:',
    's2%3A',
    '"',
    '.',
  ),
);
const header = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''));

describe('whatever a Cookie header holds', () => {
  it('is no session, and no error', async () => {
    const { reader } = sealedReader({ chunk: true });
    await fc.assert(
      fc.asyncProperty(header, fc.constantFrom('session', 'session.0', 'sid'), async (text, name) => {
        const cookies = { get: (asked: string) => (asked === name ? { value: text } : undefined) };
        for (const source of [text, `${name}=${text}`, { headers: { cookie: text } }, cookies]) {
          expect(await reader.read(source)).toBeNull();
          expect(await reader.peek(source)).toBeNull();
          expect(await server.read(source)).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is no session in a seal that was changed in one place', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const start = cookie.indexOf('=') + 1;
    const place = fc.nat(cookie.length - start - 1).map((at) => start + at);
    const change = fc.oneof(fc.constant(''), fc.string({ minLength: 1, maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(place, change, async (at, text) => {
        const changed = cookie.slice(0, at) + text + cookie.slice(at + 1);
        // What a Cookie header does not take for part of the value changes nothing.
        fc.pre(changed !== cookie && !/[;%"\s]/.test(text));
        expect(await sealed.reader.read(changed)).toBeNull();
        expect(await sealed.reader.read(cookiesOfComponent(encodeURI(changed)))).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(await sealed.reader.read(cookie)).not.toBeNull();
  });

  it('is no session where the seal was made for another name, password or purpose', async () => {
    const value = (await loggedIn(sealedReader())).replace('session=', '');
    const others = [
      { cookieName: 'other' },
      { password: 'another password that is long enough for this' },
      { password: { 2: 'another password that is long enough for this' } },
      { interop: 'iron-session' as const },
    ];
    for (const other of others) {
      const { reader, options } = sealedReader(other);
      expect(await reader.read(`${options.cookieName ?? 'session'}=${value}`)).toBeNull();
    }
  });
});
