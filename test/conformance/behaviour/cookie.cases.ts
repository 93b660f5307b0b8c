import { describe, expect, it } from 'vitest';
import { serve, setCookie } from '../express-app.js';
import type { ExpressSessionOptions } from 'nest-session/express';
import type { Handler, ScriptSession } from '../script.js';

type CookieOptions = ExpressSessionOptions['cookie'];

const write: Handler = (req, res) => {
  req.session!['n'] = Number(req.session!['n'] ?? 0) + 1;
  res.json(req.session!.cookie);
};
const https = { 'x-forwarded-proto': 'https' };

const cookieFor = async (cookie: CookieOptions, headers?: Record<string, string>, path = '/') => {
  const { client } = await serve({ proxy: true, ...(cookie && { cookie }) }, write);
  // Not by the client, which refuses what a browser would.
  return setCookie(await fetch(new URL(path, client.baseUrl), headers ? { headers } : {}));
};

/** `options.cookie` and `session.cookie`. */
export function describeCookies(): void {
  describe('options.cookie', () => {
    it('is { path: "/", httpOnly: true } by default', async () => {
      const { value: _value, ...attributes } = (await cookieFor(undefined)) ?? {};
      expect(attributes).toEqual({ path: '/', httponly: true });
    });

    it.each<[string, CookieOptions, Record<string, unknown>]>([
      ['domain', { domain: 'example.com' }, { domain: 'example.com' }],
      ['path', { path: '/app' }, { path: '/app' }],
      ['httpOnly false', { httpOnly: false }, { httponly: undefined }],
      ['maxAge', { maxAge: 5_000 }, { 'max-age': expect.stringMatching(/^[45]$/), expires: expect.any(String) }],
      ['sameSite true', { sameSite: true }, { samesite: 'Strict' }],
      ['sameSite false', { sameSite: false }, { samesite: undefined }],
      ['sameSite lax', { sameSite: 'lax' }, { samesite: 'Lax' }],
      ['sameSite strict', { sameSite: 'strict' }, { samesite: 'Strict' }],
      ['sameSite none', { sameSite: 'none' }, { samesite: 'None' }],
      ['sameSite auto', { sameSite: 'auto' }, { samesite: 'Lax' }],
      ['partitioned', { partitioned: true }, { partitioned: true }],
      ['priority', { priority: 'low' }, { priority: 'Low' }],
      ['secure auto', { secure: 'auto' }, { secure: undefined }],
    ])('%s', async (_name, cookie, attributes) => {
      const sent = await cookieFor(cookie, undefined, '/app/x');
      for (const [name, value] of Object.entries(attributes)) expect(sent?.[name]).toEqual(value);
    });

    it('expires', async () => {
      const expires = new Date(Date.now() + 7_200_000);
      expect(await cookieFor({ expires })).toMatchObject({ expires: expires.toUTCString() });
    });

    it("'auto' follows a request over https", async () => {
      expect(await cookieFor({ secure: 'auto', sameSite: 'auto' }, https)).toMatchObject({
        secure: true,
        samesite: 'None',
      });
    });

    it('may be a function of the request', async () => {
      const cookie: CookieOptions = (req) => ({ path: req.originalUrl.slice(0, 4), maxAge: 9_000 });
      expect(await cookieFor(cookie, undefined, '/app/x')).toMatchObject({
        path: '/app',
        'max-age': expect.stringMatching(/^[89]$/),
      });
    });

    it('secure withholds the cookie over http', async () => {
      expect(await cookieFor({ secure: true })).toBeUndefined();
      expect(await cookieFor({ secure: true }, https)).toMatchObject({ secure: true });
    });

    it('path: outside of it a request has no session', async () => {
      const has: Handler = (req, res) => void res.json([req.session !== undefined, req.sessionID !== undefined]);
      const { client } = await serve({ cookie: { path: '/app' } }, has);
      expect(await (await client.get('/app/x')).json()).toEqual([true, true]);
      expect(await (await client.get('/else')).json()).toEqual([false, false]);
    });
  });

  describe('session.cookie', () => {
    const changing = async (change: (cookie: ScriptSession['cookie']) => void, cookie: CookieOptions = {}) => {
      const routes: Record<string, Handler> = {
        '/write': write,
        '/change': (req, res) => {
          change(req.session!.cookie);
          res.json(req.session!.cookie);
        },
        '/look': (req, res) => {
          const { maxAge, originalMaxAge, expires } = req.session!.cookie;
          res.json({ maxAge, originalMaxAge, expires });
        },
      };
      const { client } = await serve({ cookie }, routes);
      await client.get('/write');
      const response = await client.get('/change');
      const look = (await (await client.get('/look')).json()) as Record<string, unknown>;
      return { sent: setCookie(response), look };
    };

    it('maxAge can be set for one session', async () => {
      const { sent, look } = await changing((cookie) => (cookie.maxAge = 3_600_000));
      expect(sent).toMatchObject({ 'max-age': expect.stringMatching(/^(3599|3600)$/) });
      expect(look['originalMaxAge']).toBe(3_600_000);
    });

    it('expires can be set to an instant', async () => {
      const at = new Date(Date.now() + 1_800_000);
      const { sent, look } = await changing((cookie) => (cookie.expires = at));
      // The response renews the session, a moment after the instant was computed.
      expect(Math.abs(new Date(String(sent?.['expires'])).getTime() - at.getTime())).toBeLessThan(3_000);
      expect(Math.abs(Number(look['originalMaxAge']) - 1_800_000)).toBeLessThan(1_000);
    });

    it.each<[false | null]>([[false], [null]])('expires = %s makes it end with the browser', async (value) => {
      const { sent, look } = await changing((cookie) => (cookie.expires = value), { maxAge: 60_000 });
      expect(sent).toBeDefined();
      expect(sent).not.toHaveProperty('expires');
      expect(look).toEqual({ maxAge: null, originalMaxAge: null, expires: null });
    });

    it('maxAge = null makes it end with the browser', async () => {
      const { sent, look } = await changing((cookie) => (cookie.maxAge = null), { maxAge: 60_000 });
      expect(sent).not.toHaveProperty('expires');
      expect(look['originalMaxAge']).toBeNull();
    });

    it('maxAge is what is left, originalMaxAge what it was', async () => {
      const { look } = await changing(() => undefined, { maxAge: 60_000 });
      expect(look['originalMaxAge']).toBe(60_000);
      expect(look['maxAge']).toBeLessThanOrEqual(60_000);
      expect(look['maxAge']).toBeGreaterThan(55_000);
    });

    it('an instant that is none is no instant', async () => {
      const { look } = await changing((cookie) => (cookie.expires = new Date('never')));
      expect(look['originalMaxAge']).toBeNull();
    });

    it('an instant in the past ends the session', async () => {
      const { look } = await changing((cookie) => (cookie.maxAge = -1_000), { maxAge: 60_000 });
      expect(look['originalMaxAge']).toBe(60_000);
    });

    it('path, sameSite, partitioned and priority can be set', async () => {
      const change = { path: '/change', sameSite: 'strict', partitioned: true, priority: 'high' };
      const { sent } = await changing((cookie) => Object.assign(cookie, change));
      expect(sent).toMatchObject({ path: '/change', samesite: 'Strict', partitioned: true, priority: 'High' });
    });
  });
}
