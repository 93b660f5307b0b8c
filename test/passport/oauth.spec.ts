import { Controller, Get, Injectable, Req, Res, UseGuards, type ExecutionContext } from '@nestjs/common';
import { AuthGuard as PassportGuard, PassportStrategy } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { Events, OAuth2Server } from 'oauth2-mock-server';
import { Strategy } from 'passport-oauth2';
import { memoryStore, Public } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import type { TestApp } from '../support/test-app.js';
import { accounts, isJohn, isMaria, json, nobody, signIn, startPassportApp } from './passport-app.js';

const provider = new OAuth2Server();
let redis: RedisServer;
beforeAll(async () => {
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, '127.0.0.1');
  redis = await startRedis();
});
afterAll(async () => {
  await provider.stop();
  await redis.stop();
});

/** The authorization code flow with `state` and PKCE, as a user writes it. */
@Injectable()
class OAuthStrategy extends PassportStrategy(Strategy, 'oauth2') {
  constructor() {
    const { url } = provider.issuer;
    super({
      authorizationURL: `${url}/authorize`,
      tokenURL: `${url}/token`,
      clientID: 'app',
      clientSecret: 'secret',
      callbackURL: '/oauth/callback',
      scope: ['openid'],
      state: true,
      pkce: true,
    });
  }

  async validate(accessToken: string) {
    const headers = { authorization: `Bearer ${accessToken}` };
    const { sub } = (await (await fetch(`${provider.issuer.url}/userinfo`, { headers })).json()) as { sub: string };
    return [...accounts.values()].find(({ username }) => username === sub) ?? null;
  }
}

@Injectable()
class OAuthGuard extends PassportGuard('oauth2') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const result = (await super.canActivate(context)) as boolean;
    await super.logIn(context.switchToHttp().getRequest());
    return result;
  }
}

@Public()
@UseGuards(OAuthGuard)
@Controller('oauth')
class OAuthRoutes {
  @Get('login')
  login(): void {
    // The guard has redirected to the provider.
  }

  @Get('callback')
  callback(@Req() _req: Request, @Res() res: Response): void {
    res.redirect('/home');
  }
}

const stores = {
  memory: () => memoryStore(),
  redis: () => redisStore({ url: redis.url, prefix: `${crypto.randomUUID()}:` }),
  sealed: () =>
    sealedCookie({
      cookieName: 'sid',
      password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp',
      revocation: memoryRevocation(),
    }),
};

const who = (browser: HttpClient): Promise<unknown> => json(browser.get('/auth/who'));

/** Goes to the provider. @returns the address that it sends the browser back to */
async function toProvider(browser: HttpClient, sub: string): Promise<string> {
  const begun = await browser.get('/oauth/login');
  expect(begun.status).toBe(302);
  provider.service.once(Events.BeforeUserinfo, (answer) => {
    answer.body = { sub };
  });
  const answer = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  const back = answer.headers.get('location') ?? '';
  expect(back).toMatch(/\/oauth\/callback\?code=.+&state=.+/);
  return back;
}

describe.each(Object.entries(stores))('a login by OAuth 2, on %s,', (_name, storeOf) => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startPassportApp({ store: storeOf() }, { controllers: [OAuthRoutes], providers: [OAuthStrategy] });
  });
  afterEach(async () => {
    provider.service.removeAllListeners();
    await app.close();
  });

  it('goes to the provider and back, and begins a session with another cookie', async () => {
    const browser = app.client();
    const back = await toProvider(browser, 'john');
    const before = await browser.clone();
    const response = await browser.get(back);
    expect([response.status, response.headers.get('location')]).toEqual([302, '/home']);
    expect(await who(browser)).toEqual(isJohn);
    expect(await who(before)).toEqual(nobody);
    expect(await json(browser.get('/auth/me'))).toEqual({ id: 1, roles: ['editor'] });
    expect(app.events.filter(({ name }) => name === 'login')).toEqual([expect.objectContaining({ userId: 1 })]);
    // What the strategy kept for the way has served.
    expect(await app.within(browser, ({ current }) => Object.keys(current).toSorted())).toEqual([
      'cookie',
      'passport',
      'user',
    ]);
  });

  it('is refused with the state of another browser: an attacker signs no user in', async () => {
    const [attacker, victim] = [app.client(), app.client()];
    const back = await toProvider(attacker, 'maria');
    expect((await victim.get(back)).status).toBe(401);
    await toProvider(victim, 'john');
    expect((await victim.get(back)).status).toBe(401);
    expect(await who(victim)).toEqual(nobody);
  });

  it('is refused a second time with the same state', async () => {
    const browser = app.client();
    const back = await toProvider(browser, 'john');
    const copy = await browser.clone();
    await browser.get(back);
    expect((await copy.get(back)).status).toBe(401);
    expect(await who(browser)).toEqual(isJohn);
  });

  it('takes the place of the user who was signed in', async () => {
    const browser = await signIn(app);
    const before = await browser.clone();
    await browser.get(await toProvider(browser, 'maria'));
    expect(await who(browser)).toEqual(isMaria);
    expect(await who(before)).toEqual(nobody);
    expect((await browser.post('/auth/logout')).status).toBe(204);
    expect(await who(browser)).toEqual(nobody);
  });
});
