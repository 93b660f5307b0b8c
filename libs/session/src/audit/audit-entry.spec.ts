import { describe, expect, it } from 'vitest';
import type { NamedSessionEvent } from '../events/session-events.js';
import { auditLine, entryOf } from './audit-entry.js';

const AT = 1_700_000_000_000;

describe('entryOf', () => {
  it.each<[NamedSessionEvent, object]>([
    [
      { name: 'login', handle: 'h', userId: 7, at: AT },
      { at: AT, event: 'login', handle: 'h', userId: '7' },
    ],
    [
      { name: 'impersonated', handle: 'h', userId: 'u1', actor: { userId: 2 }, until: AT + 1, at: AT },
      { at: AT, event: 'impersonated', handle: 'h', userId: 'u1', actorId: '2', details: { until: AT + 1 } },
    ],
    [
      { name: 'revoked', userId: 'u1', count: 3, reason: 'admin', actor: { userId: 'root' }, at: AT },
      { at: AT, event: 'revoked', userId: 'u1', actorId: 'root', reason: 'admin', details: { count: 3 } },
    ],
    [
      { name: 'conflict', handle: 'h', keys: ['a', 'b'], at: AT },
      { at: AT, event: 'conflict', handle: 'h', details: { keys: ['a', 'b'] } },
    ],
  ])('keeps what %j tells', (event, entry) => {
    expect(entryOf(event)).toEqual(entry);
  });

  it('keeps the code of an error and not its message, which may tell where the store is', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED redis://user:secret@10.0.0.7'), {
      code: 'ECONNREFUSED',
    });
    const entry = entryOf({ name: 'storeError', operation: 'read', error, at: AT });
    expect(entry).toEqual({ at: AT, event: 'storeError', details: { operation: 'read', error: 'ECONNREFUSED' } });
    expect(entryOf({ name: 'storeError', operation: 'read', error: new TypeError('x'), at: AT }).details).toEqual({
      operation: 'read',
      error: 'TypeError',
    });
  });

  it('cuts what is too long', () => {
    const entry = entryOf({
      name: 'newDevice',
      handle: 'h',
      device: 'x'.repeat(5_000),
      deviceId: 'd',
      others: 1,
      at: AT,
    });
    expect(String(entry.details?.['device'])).toHaveLength(1_025);
  });
});

describe('auditLine', () => {
  it('is one line, whatever the texts contain, and says the same', () => {
    const reason = 'a\r\nADMIN login\u2028x\u2029\u0085\u001b[2J"';
    const entry = entryOf({ name: 'logout', handle: 'h', reason, at: AT });
    const line = auditLine(entry);
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(line)).toEqual(entry);
  });
});
