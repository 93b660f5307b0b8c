import { Controller, Get, Post, RequestMethod, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { Public, SessionService } from 'nest-session';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import type { TestApp } from '../support/test-app.js';
import { accounts, byUserId, driver, isJohn, john, json, maria, nobody, startPassportApp } from './passport-app.js';

// Passport's own middleware in the place of guards: redirects, messages, and the options of its logins and logouts.

const failure = { failureRedirect: '/auth/login', failureMessage: true };

@Public()
@Controller()
class Pages {
  constructor(private readonly sessions: SessionService) {}

  @Get('auth/login')
  page() {
    return { messages: Reflect.get(this.sessions.current, 'messages') ?? [] };
  }

  @Post('form/next')
  next() {
    return this.sessions.user;
  }

  @Post('by-hand')
  byHand(@Req() req: Request, @Res() res: Response): void {
    req.login(accounts.get(1) as object, (error) => (error ? res.status(500).end() : res.redirect('/done')));
  }

  @Post('without-a-session')
  without(@Req() req: Request, @Res() res: Response): void {
    req.login(accounts.get(1) as object, { session: false }, () => void res.json({ known: req.isAuthenticated() }));
  }

  @Post('logout/keep')
  logout(@Req() req: Request, @Res() res: Response): void {
    req.logout({ keepSessionInfo: true }, (error) => void res.status(error ? 500 : 204).end());
  }
}

const who = (browser: HttpClient): Promise<unknown> => json(browser.get('/auth/who'));
const cartOf = (app: TestApp, browser: HttpClient): Promise<unknown> =>
  app.within(browser, ({ current }) => Reflect.get(current, 'cart') ?? null);

// With callbacks all the way, and a driver that does not call back in the request.
passport.use(
  'callbacks',
  new Strategy((name, _password, done) => {
    const account = [...accounts.values()].find(({ username }) => username === name);
    setImmediate(() => driver.runInAsyncScope(done, undefined, null, account ?? false));
  }),
);

describe('the middleware of Passport', () => {
  let app: TestApp;
  let browser: HttpClient;

  beforeEach(async () => {
    app = await startPassportApp(
      {},
      {
        controllers: [Pages],
        configure(consumer) {
          const post = (path: string) => ({ path, method: RequestMethod.POST });
          const login = (options: object) => passport.authenticate('local', { ...failure, ...options }) as () => void;
          consumer.apply(login({ successRedirect: '/done' })).forRoutes(post('form'));
          consumer.apply(login({ successRedirect: '/done', keepSessionInfo: true })).forRoutes(post('form/keep'));
          consumer.apply(passport.authenticate('callbacks') as () => void).forRoutes(post('form/next'));
          consumer
            .apply(login({ successReturnToOrRedirect: '/done', keepSessionInfo: true }))
            .forRoutes(post('form/return'));
        },
      },
      {
        ...byUserId,
        login: (_user, { body }) => ({
          remember: (body as { remember?: string }).remember === undefined ? undefined : '30d',
          keep: ['lang'],
        }),
      },
    );
    browser = app.client();
  });
  afterEach(() => app.close());

  it('signs in and redirects, and the next request is signed in', async () => {
    const response = await browser.submit('/form', john);
    expect([response.status, response.headers.get('location')]).toEqual([302, '/done']);
    expect(await who(browser)).toEqual(isJohn);
    expect(app.events.filter(({ name }) => name === 'login')).toHaveLength(1);
  });

  it('says what was wrong in session.messages (failureMessage), and the login drops it', async () => {
    const response = await browser.submit('/form', { username: 'john' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/auth/login']);
    expect(await json(browser.get('/auth/login'))).toEqual({ messages: ['Missing credentials'] });
    await browser.submit('/form', john);
    expect(await json(browser.get('/auth/login'))).toEqual({ messages: [] });
  });

  it('drops what an anonymous session held but what the option `login` keeps, and all with keepSessionInfo', async () => {
    await browser.post('/auth/values', { cart: ['apple'], lang: 'eo' });
    await browser.submit('/form', john);
    expect(await cartOf(app, browser)).toBeNull();
    expect(await app.within(browser, ({ current }) => Reflect.get(current, 'lang'))).toBe('eo');

    const other = app.client();
    await other.post('/auth/values', { cart: ['pear'] });
    await other.submit('/form/keep', john);
    expect(await cartOf(app, other)).toEqual(['pear']);
    expect(await who(other)).toEqual(isJohn);
  });

  it('carries nothing of one user over to another one, also with keepSessionInfo', async () => {
    await browser.submit('/form', john);
    await browser.post('/auth/values', { cart: ['of john'] });
    await browser.submit('/form/keep', maria);
    expect(await cartOf(app, browser)).toBeNull();
  });

  it('goes on with the request, in which SessionService finds its session', async () => {
    expect(await json(browser.submit('/form/next', john))).toEqual({ id: 1, roles: ['editor'] });
  });

  it('returns to session.returnTo', async () => {
    await browser.post('/auth/values', { returnTo: '/orders' });
    expect((await browser.submit('/form/return', john)).headers.get('location')).toBe('/orders');
  });

  it('signs in by req.login()', async () => {
    expect((await browser.post('/by-hand')).headers.get('location')).toBe('/done');
    expect(await who(browser)).toEqual(isJohn);
  });

  it('makes no session of req.login() with session: false', async () => {
    expect(await json(browser.post('/without-a-session'))).toEqual({ known: true });
    expect(await browser.cookie()).toBeUndefined();
    expect(await who(browser)).toEqual(nobody);
  });

  it('keeps the rest by req.logout({ keepSessionInfo: true }), in a session that is not the one of before', async () => {
    await browser.submit('/form', john);
    await browser.post('/auth/values', { cart: ['apple'] });
    const before = await browser.clone();
    expect((await browser.post('/logout/keep')).status).toBe(204);
    expect(await who(browser)).toEqual(nobody);
    expect(await who(before)).toEqual(nobody);
    expect(await cartOf(app, browser)).toEqual(['apple']);
    expect(await app.within(browser, ({ current }) => Object.keys(current))).not.toContain('passport');
    expect(app.events.filter(({ name }) => name === 'logout')).toEqual([expect.objectContaining({ userId: 1 })]);
  });

  it('asks the option `login` what the login is to be like', async () => {
    await browser.submit('/form', john);
    const [session] = await browser.jar.getCookies(app.url);
    expect(session?.maxAge ?? session?.expires).toBe('Infinity');
    await browser.submit('/form', { ...john, remember: 'yes' });
    const [kept] = await browser.jar.getCookies(app.url);
    expect(Number(kept?.expires)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  });
});
