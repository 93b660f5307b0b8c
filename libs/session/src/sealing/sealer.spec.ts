import { webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sealer } from './sealer.js';

const passwords = [
  { id: '2', secret: 'Zm5pT1xQ8wK3vB7nR2cY6hJ4dF9gL0sE' },
  { id: '1', secret: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp' },
];
const now = Date.now();

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(['session:sid', undefined])('Sealer for purpose %s', (purpose) => {
  const sealer = new Sealer({ passwords, purpose });

  it('opens what it sealed, whatever it is, and tells when it ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.integer({ min: 1, max: 10 ** 10 }), async (text, ttl) => {
        const opened = await sealer.open(await sealer.seal(text, now + ttl, now));
        expect(opened).toMatchObject({ ok: true, text, outdated: false });
        // Two readings of the clock lie between.
        expect(Math.abs((opened as { expiresAt: number }).expiresAt - now - ttl)).toBeLessThan(50);
      }),
      { numRuns: 50 },
    );
    expect(await sealer.open(await sealer.seal('{}', Infinity, now))).toMatchObject({ expiresAt: Infinity });
  });

  it('opens a seal that is over: deadlines are not its business', async () => {
    expect(await sealer.open(await sealer.seal('{}', now - 1, now - 10_000))).toMatchObject({ ok: true });
  });

  it('opens with every password, and says which is on its way out', async () => {
    const old = new Sealer({ passwords: passwords.slice(1), purpose });
    const seal = await old.seal('{}', now + 1_000, now);
    expect(await sealer.open(seal)).toMatchObject({ ok: true, outdated: true });
    expect(await old.open(await sealer.seal('{}', now + 1_000, now))).toEqual({ ok: false, fault: 'unknown-password' });
  });

  it('never opens, and never throws at, what is none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[Fe26.*0-9a-f_~-]*$/), async (text) => {
        expect((await sealer.open(text)).ok).toBe(false);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect((await sealer.open(`Fe26.2*2*${text}`)).ok).toBe(false);
      }),
    );
  });
});

describe('keys', () => {
  it('for a purpose are derived once: no password is stretched to seal or open', async () => {
    const derive = vi.spyOn(webcrypto.subtle, 'deriveKey');
    const sealer = new Sealer({ passwords, purpose: 'session:sid' });
    for (let i = 0; i < 3; i++)
      expect(await sealer.open(await sealer.seal('{}', now + 1_000, now))).toMatchObject({ ok: true });
    expect(derive).not.toHaveBeenCalled();
    const plain = new Sealer({ passwords, purpose: undefined });
    await plain.open(await plain.seal('{}', now + 1_000, now));
    expect(derive).toHaveBeenCalledTimes(4);
  });

  it('of one purpose open nothing of another', async () => {
    const seal = await new Sealer({ passwords, purpose: 'session:sid' }).seal('{}', now + 1_000, now);
    const other = new Sealer({ passwords, purpose: 'session:other' });
    const plain = new Sealer({ passwords, purpose: undefined });
    expect(await other.open(seal)).toEqual({ ok: false, fault: 'tampered' });
    expect(await plain.open(seal)).toEqual({ ok: false, fault: 'tampered' });
    const general = await plain.seal('{}', now + 1_000, now);
    expect(await other.open(general)).toEqual({ ok: false, fault: 'foreign-purpose' });
  });
});
