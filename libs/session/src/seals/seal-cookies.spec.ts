import { stringifySetCookie } from 'cookie';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { chunkNames, joinSeal, splitSeal } from './seal-cookies.js';

const cookie = { name: 'session', path: '/', httpOnly: true, sameSite: 'lax' as const, maxAge: 1_800 };
const seal = fc
  .integer({ min: 1, max: 8_100 })
  .map((length) => 'Fe26.2*1*ab-_'.repeat(Math.ceil(length / 13)).slice(0, length));

describe('splitSeal and joinSeal', () => {
  it('give back every seal that fits, each part in 4,096 bytes', () => {
    fc.assert(
      fc.property(seal, (text) => {
        const parts = splitSeal(text, cookie, true, {});
        for (const part of parts) expect(Buffer.byteLength(stringifySetCookie(part))).toBeLessThanOrEqual(4_096);
        const values = new Map(parts.map(({ name, value }) => [name, value ?? '']));
        expect(joinSeal('session', (name) => values.get(name))).toBe(text);
        expect(parts.length === 1 ? ['session'] : chunkNames('session')).toContain(parts[0]?.name);
      }),
    );
  });

  it('refuse what does not fit, with its largest keys and no values', () => {
    const data = { small: 1, secret: 'do not tell'.repeat(300), list: [1, 2, 3] };
    const refused = (chunk: boolean, length: number): SessionTooLargeError => {
      try {
        splitSeal('x'.repeat(length), cookie, chunk, data);
      } catch (error) {
        if (error instanceof SessionTooLargeError) return error;
      }
      throw new Error('not refused');
    };
    const whole = refused(false, 4_096);
    expect(whole.limit).toBe(4_096);
    expect(whole.largest.map(({ key }) => key)).toEqual(['secret', 'list', 'small']);
    expect(whole.message).toMatch(/chunk: true/);
    const chunked = refused(true, 16_384);
    expect(chunked.size).toBe(16_384);
    expect(chunked.message).not.toMatch(/chunk: true/);
    for (const { message } of [whole, chunked]) expect(message).not.toContain('do not tell');
  });

  it('take the whole cookie where both are there, and stop at the first gap', () => {
    const values: Record<string, string> = { 'session.0': 'a', 'session.1': 'b', 'session.3': 'd' };
    expect(joinSeal('session', (name) => values[name])).toBe('ab');
    expect(joinSeal('session', (name) => ({ ...values, session: 'whole' })[name])).toBe('whole');
    expect(joinSeal('session', () => undefined)).toBeUndefined();
  });
});
