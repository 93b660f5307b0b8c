import { createDecipheriv } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SealedCookieOptions } from 'nest-session/sealed';
import { openIron } from '../../libs/session/src/seals/iron-format.js';
import { HttpClient } from '../support/http-client.js';
import { platforms } from '../support/nest-app.js';
import { otherPassword, startSealedApp, type SealedApp } from './sealed-app.js';

// The real work, counted: whoever opens a seal checks its MAC, then decrypts it.
vi.mock('../../libs/session/src/seals/iron-format.js', { spy: true });
vi.mock('node:crypto', { spy: true });
const verify = vi.mocked(openIron);
const decrypt = vi.mocked(createDecipheriv);

const ONCE = { verified: 1, decrypted: 1 };
const NEVER = { verified: 0, decrypted: 0 };

/** How often seals were opened while something ran. */
async function openings(run: () => Promise<Response>, status = 200): Promise<typeof ONCE> {
  verify.mockClear();
  decrypt.mockClear();
  expect((await run()).status).toBe(status);
  return { verified: verify.mock.calls.length, decrypted: decrypt.mock.calls.length };
}

const kinds: [string, Partial<SealedCookieOptions>][] = [
  ['own seals', {}],
  ['seals of iron-session', { interop: 'iron-session' }],
  ['chunked seals', { chunk: true }],
];

describe.each(platforms)('how often a seal is opened, %s', (platform) => {
  describe.each(kinds)('%s', (_kind, options) => {
    let app: SealedApp;
    let client: HttpClient;
    const start = async (lazy = false) => {
      app = await startSealedApp(options, { platform, lazy });
      client = await app.login();
      if (options.chunk) await client.post('/values', { big: 'x'.repeat(5_000) });
    };
    beforeEach(() => start());
    afterEach(() => app.close());

    it('once by a request that is the first one to bring it, whatever that does with the session', async () => {
      expect(await openings(() => client.get('/me'))).toEqual(ONCE);
      await client.post('/values', { n: 1 });
      expect(await openings(() => client.post('/values', { n: 2 }))).toEqual(ONCE);
      expect(await openings(() => client.post('/push?n=1'))).toEqual(ONCE);
      expect(await openings(() => client.post('/rotate'))).toEqual(ONCE);
      expect(await openings(() => client.post('/logout'), 204)).toEqual(ONCE);
    });

    it('never again, as long as it lasts, unless it is too long to be kept', async () => {
      const again = options.chunk ? ONCE : NEVER;
      await client.get('/me');
      expect(await openings(() => client.get('/me'))).toEqual(again);
      expect(await openings(async () => (await client.clone()).get('/me'))).toEqual(again);
      expect(await openings(() => client.post('/values', { n: 1 }))).toEqual(again);
    });

    it('never for a route without a session', async () => {
      expect(await openings(() => client.get('/health/db'))).toEqual(NEVER);
      // It would have been opened.
      expect(await openings(() => client.get('/anonymous'))).toEqual(ONCE);
    });

    it('never for a visitor without one', async () => {
      const visitor = app.client();
      expect(await openings(() => visitor.get('/anonymous'))).toEqual(NEVER);
      expect(await openings(() => visitor.get('/values'))).toEqual(NEVER);
      // Neither what has not the shape of a seal, nor a seal under another name.
      const seal = (await client.cookie(options.chunk ? 'sid.0' : 'sid')) ?? '';
      expect(await openings(() => visitor.get('/values', { cookie: `sid=Fe26.2*1*x; other=${seal}` }))).toEqual(NEVER);
    });

    it('with lazy: true only by a request that looks at the session', async () => {
      await app.close();
      await start(true);
      expect(await openings(() => client.get('/anonymous'))).toEqual(NEVER);
      expect(await openings(() => client.get('/me'))).toEqual(ONCE);
    });
  });

  it('never decrypted if the MAC is wrong, and checked once for all who repeat it', async () => {
    const app = await startSealedApp({}, { platform });
    const other = await startSealedApp({ password: { 1: otherPassword } });
    const cookie = `sid=${await (await other.login()).cookie()}`;
    // With the keys for this cookie, and with those for anything: the event tells the difference.
    expect(await openings(() => app.client().get('/me', { cookie }), 401)).toEqual({ verified: 2, decrypted: 0 });
    expect(await openings(() => app.client().get('/me', { cookie }), 401)).toEqual(NEVER);
    await Promise.all([app.close(), other.close()]);
  });
});
