import { Controller, Get, Req } from '@nestjs/common';
import type { Request } from 'express';
import passport from 'passport';
import { NoSession, Public, SessionMiddleware } from 'nest-session';
import { afterEach, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import type { TestApp } from '../support/test-app.js';
import { isJohn, john, json, lookups, nobody, signIn, startPassportApp } from './passport-app.js';

const who = (browser: HttpClient): Promise<unknown> => json(browser.get('/auth/who'));

@Public()
@Controller()
class Others {
  @NoSession()
  @Get('health')
  health(@Req() req: Request) {
    return { known: req.isAuthenticated() };
  }

  @Get('elsewhere')
  elsewhere(@Req() req: Request) {
    return { known: req.isAuthenticated() };
  }
}

let app: TestApp;
afterEach(() => app.close());

it('looks a user up once in a request, and the handler still finds the session by SessionService', async () => {
  app = await startPassportApp();
  const browser = await signIn(app);
  lookups.count = 0;
  expect(await app.within(browser, (sessions) => sessions.user)).toEqual({ id: 1, roles: ['editor'] });
  expect(lookups.count).toBe(1);
});

it('asks for nothing where no user is signed in: no look-up, no cookie', async () => {
  app = await startPassportApp();
  lookups.count = 0;
  const response = await app.client().get('/auth/who');
  expect(await response.json()).toEqual(nobody);
  expect([lookups.count, response.headers.getSetCookie(), response.headers.get('vary')]).toEqual([0, [], 'Cookie']);
});

it('bears main.ts with the middleware of Passport', async () => {
  app = await startPassportApp(
    {},
    {
      prepare: (it) => it.use(it.get(SessionMiddleware).use, passport.initialize(), passport.session()),
    },
  );
  const browser = await signIn(app);
  lookups.count = 0;
  expect(await who(browser)).toEqual(isJohn);
  expect(lookups.count).toBe(1);
  await browser.post('/auth/values', { passport: { user: 2 } });
  expect(await who(browser)).toEqual(isJohn);
});

it('leaves routes without a session alone', async () => {
  app = await startPassportApp({}, { controllers: [Others] });
  const browser = await signIn(app);
  lookups.count = 0;
  const response = await browser.get('/health');
  expect([await response.json(), response.headers.get('vary')]).toEqual([{ known: false }, null]);
  expect(lookups.count).toBe(0);
});

it('leaves paths alone that the cookie is not for', async () => {
  app = await startPassportApp({ cookie: { path: '/auth' } }, { controllers: [Others] });
  const browser = await signIn(app);
  expect(await json(browser.get('/elsewhere'))).toEqual({ known: false });
  expect(await who(browser)).toEqual(isJohn);
});

it('reads nothing with the option lazy until something asks, and signs in all the same', async () => {
  app = await startPassportApp({ lazy: true });
  const browser = await signIn(app);
  expect(await json(browser.get('/auth/me'))).toEqual({ id: 1, roles: ['editor'] });
  expect(await who(browser)).toEqual({ ...isJohn, passport: null, known: false });
  expect((await browser.post('/auth/logout')).status).toBe(204);
  expect((await browser.get('/auth/me')).status).toBe(401);
});

it('signs in on a second application of the process by its own options', async () => {
  app = await startPassportApp();
  const other = await startPassportApp({}, {}, { user: ({ username }) => ({ id: username }) });
  expect(await json((await signIn(other)).get('/auth/me'))).toEqual({ id: 'john' });
  expect(await json((await signIn(app, john)).get('/auth/me'))).toEqual({ id: 1, roles: ['editor'] });
  await other.close();
});
