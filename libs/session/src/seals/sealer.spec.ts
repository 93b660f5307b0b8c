import * as crypto from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Sealer } from './sealer.js';

vi.mock('node:crypto', { spy: true });

const passwords = [
  { id: '2', secret: 'Zm5pT1xQ8wK3vB7nR2cY6hJ4dF9gL0sE' },
  { id: '1', secret: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp' },
];
const now = Date.now();

beforeEach(() => {
  vi.clearAllMocks();
});

describe.each(['session:sid', undefined])('Sealer for purpose %s', (purpose) => {
  const sealer = new Sealer({ passwords, purpose });

  it('opens what it sealed, whatever it is, and tells when it ends', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 1, max: 10 ** 10 }), (text, ttl) => {
        const opened = sealer.open(sealer.seal(text, now + ttl));
        expect(opened).toEqual({ ok: true, text, expiresAt: now + ttl, outdated: false });
      }),
      { numRuns: 50 },
    );
    expect(sealer.open(sealer.seal('{}', Infinity))).toMatchObject({ expiresAt: Infinity });
  });

  it('opens a seal that is over: deadlines are not its business', () => {
    expect(sealer.open(sealer.seal('{}', now - 1))).toMatchObject({ ok: true });
  });

  it('opens with every password, and says which is on its way out', () => {
    const old = new Sealer({ passwords: passwords.slice(1), purpose });
    const seal = old.seal('{}', now + 1_000);
    expect(sealer.open(seal)).toMatchObject({ ok: true, outdated: true });
    expect(old.open(sealer.seal('{}', now + 1_000))).toEqual({ ok: false, fault: 'unknown-password' });
  });

  it('never opens, and never throws at, what is none', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[Fe26.*0-9a-f_~-]*$/), (text) => {
        expect(sealer.open(text).ok).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(sealer.open(`Fe26.2*2*${text}`).ok).toBe(false);
      }),
    );
  });
});

describe('keys', () => {
  it('for a purpose are derived once: no password is stretched to seal or open', () => {
    const sealer = new Sealer({ passwords, purpose: 'session:sid' });
    for (let i = 0; i < 3; i++) expect(sealer.open(sealer.seal('{}', now + 1_000))).toMatchObject({ ok: true });
    expect(crypto.pbkdf2Sync).not.toHaveBeenCalled();
    const plain = new Sealer({ passwords, purpose: undefined });
    plain.open(plain.seal('{}', now + 1_000));
    expect(crypto.pbkdf2Sync).toHaveBeenCalledTimes(4);
  });

  it('of one purpose open nothing of another', () => {
    const seal = new Sealer({ passwords, purpose: 'session:sid' }).seal('{}', now + 1_000);
    const other = new Sealer({ passwords, purpose: 'session:other' });
    const plain = new Sealer({ passwords, purpose: undefined });
    expect(other.open(seal)).toEqual({ ok: false, fault: 'tampered' });
    expect(plain.open(seal)).toEqual({ ok: false, fault: 'tampered' });
    const general = plain.seal('{}', now + 1_000);
    expect(other.open(general)).toEqual({ ok: false, fault: 'foreign-purpose' });
  });
});
