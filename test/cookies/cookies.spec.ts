import { Logger, type INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newSecret, newSessionName } from '../../libs/session/src/core/session-name.js';
import { tokenText } from '../../libs/session/src/server/token-format.js';
import { CookieSignature } from '../../libs/session/src/http/transport/cookie-signature.js';
import { watchForCrashes } from '../support/crash-watch.js';
import { TestClock } from '../support/test-clock.js';
import { platforms as nestPlatforms } from '../support/nest-app.js';
import { SECRET } from '../support/test-app.js';
import { platforms, startServer, type LifecycleServer, type ServerSetup } from '../support/lifecycle-server.js';
import { startAnswersApp, type AnswersApp, type AnswersSetup } from '../support/routes/answers.routes.js';

const aToken = () => tokenText(newSessionName(), 0, newSecret());

watchForCrashes();

const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  Logger.overrideLogger(false);
});
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
});

describe.each(platforms)('what a Cookie header may hold, %s', (platform) => {
  async function start(setup?: ServerSetup): Promise<LifecycleServer> {
    const server = await startServer(
      platform,
      (req, res) => {
        if (req.url === '/set') req.session['who'] ??= 'me';
        res.end(typeof req.session['who'] === 'string' ? req.session['who'] : 'nobody');
      },
      setup,
    );
    open.push(server);
    return server;
  }

  /** The pair that a new visitor gets. */
  const visit = async (server: LifecycleServer): Promise<string> =>
    String((await server.client().get('/set')).headers.getSetCookie()[0]).split(';', 1)[0]!;

  const ask = async (server: LifecycleServer, cookie: string, path = '/') => {
    server.store.forget();
    const raw = server.raw();
    raw.request('GET', path, { Cookie: cookie, Connection: 'close' });
    const received = await raw.closed();
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1]),
      body: received.split('\r\n\r\n')[1],
      cookies: received.match(/^set-cookie:.*/gim) ?? [],
      asked: [...server.store.asked],
    };
  };

  it('is found wherever it stands', async () => {
    const server = await start();
    const pair = await visit(server);
    for (const header of [pair, `a=1; ${pair}`, `${pair};b=2`, `sid=x; ${pair}`, `${pair}; sid=x`, `sid=; ${pair}`])
      expect([header, await ask(server, header)]).toMatchObject([header, { status: 200, body: 'me', asked: ['read'] }]);
  });

  it('is no session when two live ones come, in either order, and both live on', async () => {
    const server = await start();
    const [mine, other] = [await visit(server), await visit(server)];
    for (const header of [`${mine}; ${other}`, `${other}; ${mine}`])
      expect(await ask(server, header)).toMatchObject({ status: 200, body: 'nobody', cookies: [] });
    expect(server.events.filter(({ name }) => name === 'invalid')).toEqual([
      { name: 'invalid', reason: 'ambiguous' },
      { name: 'invalid', reason: 'ambiguous' },
    ]);
    for (const header of [mine, other]) expect(await ask(server, header)).toMatchObject({ body: 'me' });
  });

  it('is worth nothing if it is not ours, whatever it is: 200, no store, no cookie', async () => {
    const server = await start();
    const pair = await visit(server);
    const value = pair.slice('sid='.length);
    const forged = new CookieSignature(['another secret'], 'sid').sign(aToken());
    const bad = [
      'sid=',
      'sid',
      'sid=s2:',
      'sid=s2:.',
      'sid=s2%3A.',
      'sid=j:{}',
      'sid=%E0%A4%A',
      'sid=%',
      'sid=%00',
      'sid="',
      'sid=""',
      'sid=[object Object]',
      'sid=__proto__',
      `sid=${forged}`,
      `sid=${value.slice(0, -1)}`,
      `sid=${value}A`,
      `sid=${value}\u00a0`,
      `sid=\u00e9${value}`,
      `sid=${value.replace('s2%3A', 'S2%3A')}`,
      `sid=${value.replace('s2%3A', '')}`,
      `sid=${value.split('.', 1)[0]}.`,
      `Sid=${value}`,
      `SID=${value}`,
      `%73id=${value}`,
      `=sid=${value}`,
      `\u00a0sid=${value}`,
      `sid =${value}`,
      `xsid=${value}`,
      `$Version=1,sid=${value}`,
      `sid=${'a'.repeat(4_000)}`,
      `sid=s2%3A${'%25'.repeat(4_000)}`,
      ';'.repeat(14_000),
      'sid=x;'.repeat(2_300),
      '='.repeat(14_000),
    ];
    for (const header of bad) {
      const name = header.slice(0, 60);
      expect([name, await ask(server, header)]).toEqual([
        name,
        { status: 200, body: 'nobody', cookies: [], asked: [] },
      ]);
    }
    expect(await ask(server, 'sid='.padEnd(17_000, 'a'))).toMatchObject({ status: 431 });
    expect(await ask(server, pair)).toMatchObject({ body: 'me' });
  });

  it('makes nothing of tokens of no session, however many', async () => {
    const server = await start();
    const signature = new CookieSignature([SECRET], 'sid');
    for (let i = 0; i < 50; i++)
      expect(await ask(server, `sid=${signature.sign(aToken())}`)).toMatchObject({
        body: 'nobody',
        cookies: [],
      });
    expect(server.store.size).toBe(0);
    // And an id of somebody's own making is never adopted.
    const chosen = `sid=${signature.sign('B'.repeat(43))}`;
    const { cookies } = await ask(server, chosen, '/set');
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).not.toContain('BBBB');
    expect(await ask(server, chosen)).toMatchObject({ body: 'nobody' });
  });

  it('works under an old secret and is signed with the new one at the next chance', async () => {
    const first = await start({ options: { secret: 'the old secret, of more than thirty-two characters' } });
    const pair = await visit(first);
    const both = { secret: [SECRET, 'the old secret, of more than thirty-two characters'], store: first.store };
    const second = await start({ options: both });
    const { body, cookies } = await ask(second, pair);
    expect(body).toBe('me');
    expect(cookies).toHaveLength(1);
    const fresh = /sid=[^;]*/.exec(cookies[0]!)![0];
    expect(fresh.split('.')[0]).toBe(pair.split('.')[0]);
    expect(fresh).not.toBe(pair);
    const third = await start({ options: { secret: SECRET, store: first.store } });
    expect(await ask(third, fresh)).toMatchObject({ body: 'me', cookies: [] });
    expect(await ask(third, pair)).toMatchObject({ body: 'nobody' });
    expect(await ask(first, fresh)).toMatchObject({ body: 'nobody' });
  });

  it('lives as long as the session, and no cache keeps what carries it', async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    const server = await start({
      options: { clock, cookie: { maxAge: '10m' } },
      before: (_req, res, next) => {
        res.setHeader('Cache-Control', 'public, s-maxage=60');
        res.setHeader('Vary', 'Accept-Encoding');
        next();
      },
    });
    const response = await server.client().get('/set');
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^sid=[^;]+; Max-Age=600; Path=\/; Expires=Thu, 01 Jan 2026 00:10:00 GMT; HttpOnly; SameSite=Lax$/,
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toBe('Accept-Encoding, Cookie');
    const clean = await server.client().get('/');
    expect(clean.headers.get('cache-control')).toBe('public, s-maxage=60');
    // The handler has looked at the session.
    expect(clean.headers.get('vary')).toBe('Accept-Encoding, Cookie');
  });
});

describe.each(nestPlatforms)('a Secure cookie over http, %s', (platform) => {
  async function start(setup: AnswersSetup): Promise<AnswersApp> {
    const app = await startAnswersApp(platform, setup);
    open.push(app);
    return app;
  }
  const secure = { cookie: { secure: true } } as const;
  const ask = (app: AnswersApp, path: string, proto?: string) =>
    fetch(app.url + path, { headers: { ...(proto && { 'x-forwarded-proto': proto }) } });

  it('is not sent, nothing is stored, and one warning says why', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    try {
      const app = await start({ options: secure });
      for (let i = 0; i < 3; i++) {
        const response = await ask(app, '/json', 'https');
        expect(response.status).toBe(200);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(response.headers.get('cache-control')).toBeNull();
      }
      expect(app.store.asked).toEqual([]);
      const warnings = warn.mock.calls
        .map(([message]) => String(message))
        .filter((message) => message.includes('cookie'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/X-Forwarded-Proto: "https"/);
      expect(warnings[0]).toMatch(/trust proxy/);
      expect(warnings[0]).toMatch(/proxy: true/);
    } finally {
      warn.mockRestore();
    }
  });

  it('makes login() fail loudly', async () => {
    const app = await start({ options: secure });
    const response = await ask(app, '/secure-login', 'https');
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(app.store.asked).toEqual([]);
  });

  it('is sent behind a proxy that is trusted by option, and only then', async () => {
    for (const [proxy, proto, sent] of [
      [true, 'https', 1],
      [true, 'http', 0],
      [true, undefined, 0],
      [true, 'http, https', 0],
      [false, 'https', 0],
      [undefined, 'https', 0],
    ] as const) {
      const app = await start({ options: { ...secure, ...(proxy !== undefined && { proxy }) } });
      const response = await ask(app, '/json', proto);
      expect([proxy, proto, response.headers.getSetCookie().length]).toEqual([proxy, proto, sent]);
      for (const line of response.headers.getSetCookie()) expect(line).toMatch(/^__Host-sid=.*; Secure/);
      expect(app.store.size).toBe(sent);
    }
  });

  it('follows trust proxy of Express, unless the option says otherwise', async () => {
    if (platform !== 'express') return;
    const prepare = (nest: INestApplication): void =>
      (nest.getHttpAdapter().getInstance() as { set(name: string, value: unknown): void }).set('trust proxy', 1);
    const trusting = await start({ options: secure, prepare });
    expect((await ask(trusting, '/json', 'https')).headers.getSetCookie()).toHaveLength(1);
    expect((await ask(trusting, '/secure-login', 'https')).status).toBe(200);
    expect((await ask(trusting, '/json', 'http')).headers.getSetCookie()).toEqual([]);
    const refusing = await start({ options: { ...secure, proxy: false }, prepare });
    expect((await ask(refusing, '/json', 'https')).headers.getSetCookie()).toEqual([]);
  });
});
