import { describe, expect, it } from 'vitest';
import { randomText } from './random-text.js';

describe('randomText', () => {
  it('is as long as asked for, and never the same, also where the pool is filled anew', () => {
    const texts = Array.from({ length: 5_000 }, (_, at) => randomText(9 + (at % 56)));
    for (const [at, text] of texts.entries()) expect(Buffer.from(text, 'base64url')).toHaveLength(9 + (at % 56));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.some((text) => /^A+$/.test(text))).toBe(false);
  });
});
