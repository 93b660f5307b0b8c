import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import fc from 'fast-check';
import { Session, SessionService, type SessionObject } from 'nest-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

@Controller()
class CookieController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  login() {
    return this.sessions.login({ id: 'u1' });
  }

  @Post('assign')
  @HttpCode(200)
  assign(@Session() session: SessionObject, @Body() body: object) {
    Object.assign(session, body);
    return {};
  }

  @Post('attributes')
  @HttpCode(200)
  attributes(@Session() session: SessionObject, @Body() body: object) {
    Object.assign(session.cookie, body);
    return {};
  }

  @Get('me')
  me() {
    return { id: this.sessions.user?.id };
  }

  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }
}

describe.each(platforms)('what is put into session.cookie, on %s', (platform) => {
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp(platform, { controllers: [CookieController] });
  });
  afterAll(() => world.close());

  const signedIn = async () => {
    const browser = world.client();
    await browser.post('/login');
    return browser;
  };

  it.each([
    ['a path with an attribute in it', { cookie: { originalMaxAge: 36e5, path: '/x; a=b' } }],
    ['a path with a line break', { cookie: { originalMaxAge: null, path: '/x\r\nSet-Cookie: a=b' } }],
    ['a domain that is none', { cookie: { originalMaxAge: null, domain: 'a b' } }],
    ['a SameSite that is none', { cookie: { originalMaxAge: null, sameSite: 'sometimes' } }],
    ['a priority that is none', { cookie: { originalMaxAge: null, priority: 'first' } }],
    ['null', { cookie: null }],
    ['a number', { cookie: 7 }],
    ['a list', { cookie: [] }],
  ])('%s is refused before it is stored, and the browser goes on as before', async (_what, body) => {
    const browser = await signedIn();
    expect((await browser.post('/assign', body)).status).toBe(500);
    const answer = await browser.get('/me');
    expect([answer.status, await answer.json()]).toEqual([200, { id: 'u1' }]);
    expect((await browser.post('/logout')).status).toBe(204);
    expect(await browser.cookie()).toBeUndefined();
  });

  it('attributes that were changed one by one are refused as well', async () => {
    const browser = await signedIn();
    expect((await browser.post('/attributes', { path: '/x; a=b' })).status).toBe(500);
    expect((await browser.get('/me')).status).toBe(200);
  });

  it('an expiry beyond what a cookie can name is cut', async () => {
    const browser = await signedIn();
    expect((await browser.post('/attributes', { maxAge: 1e300 })).status).toBe(200);
    expect((await browser.post('/attributes', { maxAge: 8.64e15 })).status).toBe(200);
    expect(await (await browser.get('/me')).json()).toEqual({ id: 'u1' });
  });

  it('scripts cannot be let at the cookie', async () => {
    const browser = await signedIn();
    const answer = await browser.post('/assign', {
      cookie: { originalMaxAge: 36e5, httpOnly: false, secure: false, sameSite: 'none' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([expect.stringContaining('HttpOnly')]);
    for (const path of ['/assign', '/attributes'])
      for (const line of (await browser.post(path, { httpOnly: false, theme: 'dark' })).headers.getSetCookie())
        expect(line).toContain('HttpOnly');
  });

  it('whatever is put there, the session can be read and ended by the next request', async () => {
    const text = fc.oneof(
      fc.constantFrom('/', '/x', ';', '\r\n', 'lax', 'none', 'ü', 'a b', 'example.com'),
      fc.string(),
    );
    const value = fc.oneof(text, fc.boolean(), fc.double(), fc.constant(null), fc.jsonValue({ maxDepth: 1 }));
    const names = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const;
    const others = ['data', 'toJSON', 'serialize', '__proto__', 'constructor'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names, ...others), value, { maxKeys: 4 }),
        fc.constantFrom('/assign', '/attributes'),
        async (attributes, path) => {
          const cookie = `sid=${await (await signedIn()).cookie()}`;
          // Without a jar: where the new cookie reaches is up to its attributes.
          const send = (method: string, to: string, body: object = {}) =>
            fetch(new URL(to, world.url), {
              method,
              headers: { cookie, 'content-type': 'application/json' },
              ...(method === 'POST' && { body: JSON.stringify(body) }),
            });
          await send('POST', path, path === '/assign' ? { cookie: attributes } : attributes);
          expect(await (await send('GET', '/me')).json()).toEqual({ id: 'u1' });
          expect((await send('POST', '/logout')).status).toBe(204);
          expect(await (await send('GET', '/me')).json()).toEqual({});
        },
      ),
      { numRuns: 40 },
    );
  });
});
