import { Logger } from '@nestjs/common';
import passport from 'passport';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionMiddleware } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import type { HttpClient } from '../support/http-client.js';
import { startRedis } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import {
  fillAccounts,
  isJohn,
  john,
  json,
  nobody,
  passportProviders,
  PassportRoutes,
  signIn,
  startPassportApp,
} from './passport-app.js';

const who = (browser: HttpClient): Promise<unknown> => json(browser.get('/auth/who'));

let app: TestApp;
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

describe('a login by Passport is refused', () => {
  it('by a limit, with 409, and the session of before stays as it was', async () => {
    app = await startPassportApp({ maxSessionsPerUser: 1, whenFull: 'reject' });
    await signIn(app);
    const second = app.client();
    await second.post('/auth/values', { cart: ['apple'] });
    const response = await second.post('/auth/login', john);
    expect([response.status, await response.json()]).toEqual([409, expect.objectContaining({ code: 'SESSION_LIMIT' })]);
    expect(await who(second)).toEqual(nobody);
    expect(await app.within(second, ({ current }) => Object.keys(current).toSorted())).toEqual(['cart', 'cookie']);
  });

  it('without an id: the error names the keys, and says what to write', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    app = await startPassportApp({}, {}, {});
    const browser = app.client();
    expect((await browser.post('/auth/login', john)).status).toBe(500);
    expect(await who(browser)).toEqual(nobody);
    expect(error.mock.calls.flat().join('\n')).toContain(
      'Passport signed in a user whose id is no non-empty string and no number; its keys are: userId, username, roles. ' +
        'Say what the id is: SessionPassportModule.forRoot({ user: (user) => ({ id: user.userId }) }).',
    );
    expect(error.mock.calls.flat().join('\n')).not.toContain('john');
  });

  it.each([undefined, null, 'john', 1])('without a user that is an object: %s', async (user) => {
    app = await startPassportApp();
    const browser = app.client();
    const error = await app.within(browser, ({ current }) => {
      const { req } = current as unknown as { req: { login(user: unknown, done: (error: unknown) => void): void } };
      return new Promise((resolve) => req.login(user, resolve));
    });
    expect(error).toMatchObject({ code: 'SESSION_LOGIN_USER' });
    expect(await who(browser)).toEqual(nobody);
  });

  it('when the store is out of order, with 503, as is every request of who is signed in', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const redis = await startRedis();
    app = await startPassportApp({ store: redisStore({ url: redis.url }) });
    const browser = await signIn(app);
    await redis.stop();
    expect((await app.client().post('/auth/login', john)).status).toBe(503);
    expect((await browser.get('/auth/who')).status).toBe(503);
    expect(error.mock.calls.flat().join('\n')).not.toContain('changeme');
  });
});

describe('what a client puts into session.passport', () => {
  it('gives an anonymous session no user, in our guards and in those of Passport', async () => {
    app = await startPassportApp();
    const browser = app.client();
    await browser.post('/auth/values', { passport: { user: 2 } });
    expect(await app.within(browser, ({ current }) => current)).toMatchObject({ passport: { user: 2 } });
    expect(await who(browser)).toEqual(nobody);
    expect((await browser.get('/auth/me')).status).toBe(401);
  });

  it('makes no other user of the one who is signed in, and the log tells, once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    app = await startPassportApp();
    const browser = await signIn(app);
    await browser.post('/auth/values', { passport: { user: 2 } });
    expect(await who(browser)).toEqual(isJohn);
    expect(await who(browser)).toEqual(isJohn);
    expect(warn.mock.calls.filter(([text]) => String(text).includes('deserializeUser()'))).toHaveLength(1);
  });

  it('is not what a login goes on with', async () => {
    app = await startPassportApp();
    const browser = app.client();
    await browser.post('/auth/values', { passport: { user: 2, extra: true } });
    await signIn(app, john, browser);
    expect(await app.within(browser, ({ current }) => current)).toMatchObject({ passport: { user: 1 } });
    expect(await who(browser)).toEqual(isJohn);
  });
});

describe('Passport beside', () => {
  it('is as it was in an application of the same process without the bridge', async () => {
    app = await startPassportApp();
    fillAccounts();
    const bare = await startTestApp(
      'express',
      {},
      {
        controllers: [PassportRoutes],
        providers: passportProviders,
        prepare: (it) => it.use(it.get(SessionMiddleware).use, passport.session()),
      },
    );
    const browser = await signIn(bare);
    expect(await who(browser)).toEqual({ passport: 1, known: true, session: null });
    expect((await browser.post('/auth/logout')).status).toBe(204);
    expect(await who(browser)).toEqual(nobody);
    expect(await who(await signIn(app))).toEqual(isJohn);
    await bare.close();
  });
});
