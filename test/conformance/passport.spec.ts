import flash from 'connect-flash';
import type { Request, RequestHandler } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { hosts, type Guest } from './hosts.js';

interface User {
  readonly id: string;
}

type PassportRequest = Request & {
  user?: User;
  session: { cart?: string[] };
  flash(type: string): string[];
};

const route = (work: (req: PassportRequest, res: Parameters<RequestHandler>[1]) => void): RequestHandler => {
  return (req, res) => work(req as PassportRequest, res);
};

const done =
  (res: Parameters<RequestHandler>[1], next: Parameters<RequestHandler>[2]) =>
  (error?: unknown): void =>
    error ? next(error) : void res.json({ done: true });

function application(): Guest {
  const auth = new passport.Passport();
  auth.use(
    new Strategy((username, password, tell) => {
      if (password === 'right') tell(null, { id: username });
      else tell(null, false, { message: 'Wrong password.' });
    }),
  );
  auth.serializeUser((user, tell) => tell(null, (user as User).id));
  auth.deserializeUser((id: string, tell) => tell(null, { id }));
  const failure = { failureRedirect: '/login', failureFlash: true };
  return {
    use: [flash(), auth.session()],
    routes: {
      'GET /login': route((req, res) => void res.json(req.flash('error'))),
      'GET /me': route((req, res) => {
        res.json({ user: req.user?.id ?? null, known: req.isAuthenticated(), cart: req.session.cart ?? [] });
      }),
      'POST /cart': route((req, res) => {
        (req.session.cart ??= []).push('apple');
        res.json(req.session.cart);
      }),
      'POST /login': auth.authenticate('local', { ...failure, successRedirect: '/me' }),
      'POST /login/keep': auth.authenticate('local', { ...failure, successRedirect: '/me', keepSessionInfo: true }),
      'POST /login/by-hand': (req, res, next) => {
        (req as PassportRequest).login({ id: 'hand' }, done(res, next));
      },
      'POST /logout': (req, res, next) => (req as PassportRequest).logout({}, done(res, next)),
      'POST /logout/keep': (req, res, next) => {
        (req as PassportRequest).logout({ keepSessionInfo: true }, done(res, next));
      },
    },
  };
}

const me = async (client: HttpClient, headers?: Record<string, string>): Promise<unknown> =>
  (await client.get('/me', headers)).json();
const nobody = { user: null, known: false, cart: [] };
const right = { username: 'ann', password: 'right' };

describe.each(hosts)('Passport on $name', (host) => {
  it('signs in and stays signed in', async () => {
    const { client, visitor } = await host.start(application());
    expect(await me(client)).toEqual(nobody);
    const response = await client.post('/login', right);
    expect([response.status, response.headers.get('location')]).toEqual([302, '/me']);
    expect(await me(client)).toEqual({ user: 'ann', known: true, cart: [] });
    expect(await me(client)).toEqual({ user: 'ann', known: true, cart: [] });
    expect(await me(visitor())).toEqual(nobody);
  });

  it('says what was wrong, once (failureFlash)', async () => {
    const { client } = await host.start(application());
    const response = await client.post('/login', { username: 'ann', password: 'wrong' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login']);
    expect(await (await client.get('/login')).json()).toEqual(['Wrong password.']);
    expect(await (await client.get('/login')).json()).toEqual([]);
    expect(await me(client)).toEqual(nobody);
  });

  it('changes the id at the login, and a planted id gains nothing', async () => {
    const { client, visitor } = await host.start(application());
    await client.post('/cart');
    const planted = await client.cookie(host.cookie);
    await client.post('/login', right);
    expect(await client.cookie(host.cookie)).not.toBe(planted);
    expect(await me(visitor(), { cookie: `${host.cookie}=${planted}` })).toEqual(nobody);
    expect(await me(client)).toMatchObject({ user: 'ann' });
  });

  it('drops what was in the session before, and keeps it with keepSessionInfo', async () => {
    const { client, visitor } = await host.start(application());
    await client.post('/cart');
    await client.post('/login', right);
    expect(await me(client)).toEqual({ user: 'ann', known: true, cart: [] });

    const other = visitor();
    await other.post('/cart');
    const before = await other.cookie(host.cookie);
    await other.post('/login/keep', right);
    expect(await me(other)).toEqual({ user: 'ann', known: true, cart: ['apple'] });
    expect(await other.cookie(host.cookie)).not.toBe(before);
    expect(await me(visitor(), { cookie: `${host.cookie}=${before}` })).toEqual(nobody);
  });

  it('req.login() signs in without a strategy', async () => {
    const { client } = await host.start(application());
    await client.post('/cart');
    const before = await client.cookie(host.cookie);
    expect((await client.post('/login/by-hand')).status).toBe(200);
    expect(await client.cookie(host.cookie)).not.toBe(before);
    expect(await me(client)).toEqual({ user: 'hand', known: true, cart: [] });
  });

  it('req.logout() signs out, and the old cookie opens nothing', async () => {
    const { client, visitor } = await host.start(application());
    await client.post('/login', right);
    await client.post('/cart');
    const cookie = `${host.cookie}=${await client.cookie(host.cookie)}`;
    expect((await client.post('/logout')).status).toBe(200);
    expect(await me(client)).toEqual(nobody);
    expect(await me(visitor(), { cookie })).toEqual(nobody);
  });

  it('req.logout({ keepSessionInfo: true }) keeps the rest under a new id', async () => {
    const { client, visitor } = await host.start(application());
    await client.post('/login', right);
    await client.post('/cart');
    const before = await client.cookie(host.cookie);
    await client.post('/logout/keep');
    expect(await client.cookie(host.cookie)).not.toBe(before);
    expect(await me(client)).toEqual({ user: null, known: false, cart: ['apple'] });
    expect(await me(visitor(), { cookie: `${host.cookie}=${before}` })).toEqual(nobody);
  });

  it('signs in again after signing out', async () => {
    const { client } = await host.start(application());
    for (let round = 0; round < 3; round++) {
      await client.post('/login', right);
      expect(await me(client)).toMatchObject({ user: 'ann' });
      await client.post('/logout');
      expect(await me(client)).toEqual(nobody);
    }
  });
});
