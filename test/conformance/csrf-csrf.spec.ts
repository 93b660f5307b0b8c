import { parseCookie } from 'cookie';
import { doubleCsrf } from 'csrf-csrf';
import type { RequestHandler } from 'express';
import { describe, expect, it } from 'vitest';
import { hosts, type Guest } from './hosts.js';

/** What csrf-csrf asks cookie-parser for. */
const parseCookies: RequestHandler = (req, _res, next) => {
  req.cookies = parseCookie(req.headers.cookie ?? '');
  next();
};

function application(): Guest {
  const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
    getSecret: () => 'for tokens',
    getSessionIdentifier: (req) => req.session.id,
    cookieName: 'csrf',
    cookieOptions: { secure: false },
  });
  return {
    // A token is bound to a session, so there has to be one.
    saveUninitialized: true,
    use: [parseCookies, doubleCsrfProtection],
    routes: {
      'GET /token': (req, res) => void res.json({ token: generateCsrfToken(req, res) }),
      'POST /order': (_req, res) => void res.json({ ordered: true }),
      'POST /login': (req, res, next) => {
        req.session.regenerate((error: unknown) => (error ? next(error) : void res.json({})));
      },
    },
  };
}

describe.each(hosts)('csrf-csrf on $name', (host) => {
  const start = async () => {
    const { client, visitor } = await host.start(application());
    const tokenOf = async (of = client): Promise<string> =>
      ((await (await of.get('/token')).json()) as { token: string }).token;
    const order = async (token: string | undefined, by = client): Promise<number> =>
      (await by.post('/order', {}, token === undefined ? {} : { 'x-csrf-token': token })).status;
    return { client, visitor, tokenOf, order };
  };

  it('lets in a request with the token of its session', async () => {
    const { tokenOf, order } = await start();
    const token = await tokenOf();
    expect(await order(token)).toBeLessThan(300);
    expect(await order(token)).toBeLessThan(300);
    expect(await tokenOf()).toBe(token);
  });

  it('refuses a request without one, and with a wrong one', async () => {
    const { tokenOf, order } = await start();
    const token = await tokenOf();
    expect(await order(undefined)).toBe(403);
    expect(await order(`${token.slice(0, -4)}0000`)).toBe(403);
  });

  it('refuses the token of another session', async () => {
    const { client, visitor, tokenOf, order } = await start();
    const other = visitor();
    const token = await tokenOf();
    await other.get('/token');
    await other.jar.setCookie(`csrf=${encodeURIComponent(token)}`, other.baseUrl);
    expect(await order(token, other)).toBe(403);
    expect(await order(token, client)).toBeLessThan(300);
  });

  it('refuses the token of before the id changed', async () => {
    const { client, tokenOf, order } = await start();
    const before = await tokenOf();
    await client.post('/login', {}, { 'x-csrf-token': before });
    expect(await order(before)).toBe(403);
    expect(await order(await tokenOf())).toBeLessThan(300);
  });
});
