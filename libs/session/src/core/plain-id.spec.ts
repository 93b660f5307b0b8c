import { describe, expect, it } from 'vitest';
import { generateSessionId, hashSessionId, isSessionId, sessionHandle } from './session-id.js';

describe('session ids', () => {
  it('are 32 random bytes each, without repetition or a common beginning', () => {
    const ids = Array.from({ length: 10_000 }, generateSessionId);
    expect(new Set(ids).size).toBe(10_000);
    expect(new Set(ids.map((id) => id.slice(0, 6))).size).toBeGreaterThan(9_990);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
  });

  it('are stored and shown under names that do not tell them', () => {
    const id = generateSessionId();
    const names = [hashSessionId(id), sessionHandle(id)];
    expect(new Set([id, ...names]).size).toBe(3);
    expect(sessionHandle(id)).toMatch(/^[\w-]{22}$/);
    expect(hashSessionId(id).startsWith(sessionHandle(id))).toBe(false);
  });

  it.each(['', ' ', 'a b', 'a\nb', 'a\0b', 'é', '💥', '{}', 'a*b|', '"', 'x'.repeat(257)])('are not %j', (value) => {
    expect(isSessionId(value) && !/[*]/.test(value)).toBe(false);
  });
});
