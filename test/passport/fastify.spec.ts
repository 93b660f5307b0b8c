import { Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AuthGuard, CurrentUser, Public, SessionModule, SessionService, type SessionUser } from 'nest-session';
import { SessionPassportModule } from 'nest-session/passport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { accounts, byUserId, fillAccounts, john, json, LocalAuthGuard, passportProviders } from './passport-app.js';

// What a request of Fastify has of Passport is what guards of @nestjs/passport give it.

@Controller()
class Routes {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @UseGuards(LocalAuthGuard)
  @Post('login')
  @HttpCode(200)
  login(@Req() req: { user: object }) {
    return req.user;
  }

  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Get('me')
  me(@Req() req: { raw: { user?: object } }, @CurrentUser() user: SessionUser) {
    return { user, raw: req.raw.user };
  }
}

describe('Passport on Fastify', () => {
  let app: TestApp;
  beforeEach(async () => {
    fillAccounts();
    app = await startTestApp(
      'fastify',
      {},
      {
        // Before the session: the order of imports does not matter.
        session: (options) => [SessionPassportModule.forRoot(byUserId), SessionModule.forRoot(options)],
        imports: [PassportModule],
        controllers: [Routes],
        providers: passportProviders,
        guards: [new AuthGuard()],
      },
    );
  });
  afterEach(() => app.close());

  it('signs in by a guard with super.logIn(), and out by SessionService', async () => {
    const browser = app.client();
    expect((await browser.get('/me')).status).toBe(401);
    expect((await browser.post('/login', { ...john, password: 'wrong' })).status).toBe(401);
    expect(await json(browser.post('/login', john))).toEqual({ userId: 1, username: 'john', roles: ['editor'] });
    const thief = await browser.clone();
    expect(await json(browser.get('/me'))).toEqual({ user: { id: 1, roles: ['editor'] }, raw: accounts.get(1) });
    expect((await browser.post('/logout')).status).toBe(204);
    expect((await thief.get('/me')).status).toBe(401);
    const told = app.events.map(({ name }) => name).filter((name) => name === 'login' || name === 'logout');
    expect(told).toEqual(['login', 'logout']);
  });

  it('is over when deserializeUser() knows the user no more', async () => {
    const browser = app.client();
    await browser.post('/login', john);
    accounts.delete(1);
    expect((await browser.get('/me')).status).toBe(401);
  });
});
