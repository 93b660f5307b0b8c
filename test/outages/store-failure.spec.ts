import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchForCrashes } from '../support/crash-watch.js';
import { deferred } from '../support/deferred.js';
import {
  platforms,
  startServer,
  type Handler,
  type LifecycleServer,
  type ServerSetup,
} from '../support/lifecycle-server.js';

watchForCrashes();

let server: LifecycleServer;
afterEach(() => server.close());
beforeEach(() => {
  Logger.overrideLogger(false);
});

/** What the answer of an application says about itself, and must not say about another answer. */
const ENTITY = {
  'content-language': 'de',
  'content-disposition': 'attachment',
  'content-encoding': 'identity',
  'content-location': '/v1',
  etag: '"v1"',
  'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
  location: '/elsewhere',
  'accept-ranges': 'bytes',
};

const KEPT = {
  'access-control-allow-origin': 'https://example.com',
  'access-control-allow-credentials': 'true',
  'strict-transport-security': 'max-age=31536000',
  'x-request-id': 'r1',
  vary: 'Origin',
};

describe.each(platforms)('a store that fails at the commit, %s', (platform) => {
  async function start(handler: Handler, known = true, setup: ServerSetup = {}) {
    server = await startServer(
      platform,
      (req, res) => {
        if (req.url !== '/set' && req.url !== '/get') return handler(req, res);
        if (req.url === '/set') req.session['kept'] = 'yes';
        return res.end(JSON.stringify({ kept: req.session['kept'], changed: req.session['changed'] }));
      },
      setup,
    );
    const client = server.client();
    if (known) await client.get('/set');
    server.store.forget();
    return client;
  }

  const answers: [string, Handler][] = [
    ['end()', (_req, res) => res.end('hello')],
    ['write(), end()', (_req, res) => (res.write('hel'), res.end('lo'))],
    ['writeHead()', (_req, res) => res.writeHead(200, { 'Content-Length': 5, 'Set-Cookie': 'app=2' }).end('hello')],
    ['writeHead() with pairs', (_req, res) => res.writeHead(200, ['X-App', '1', 'Set-Cookie', 'app=2']).end('hello')],
    ['flushHeaders()', (_req, res) => (res.flushHeaders(), res.end('hello'))],
    ['a redirect', (_req, res) => res.writeHead(302, { Location: '/there' }).end()],
    ['204', (_req, res) => res.writeHead(204).end()],
    ['pipe()', (_req, res) => void Readable.from(['hel', 'lo']).pipe(res)],
    ['a handler that keeps writing', (_req, res) => writeOn(res, 100)],
    ['a handler that answers twice', (_req, res) => (res.end('hello'), res.end('again'))],
  ];

  const writeOn = (res: Parameters<Handler>[1], times: number): void => {
    res.write('x');
    if (times > 0) setImmediate(() => writeOn(res, times - 1));
    else res.end();
  };

  it.each(answers)('answers 503 and nothing else instead of %s', async (_what, answer) => {
    for (const known of [true, false]) {
      const client = await start((req, res) => {
        req.session['changed'] = true;
        for (const [name, value] of Object.entries({ ...ENTITY, ...KEPT })) res.setHeader(name, value);
        res.setHeader('Set-Cookie', ['app=1']);
        return answer(req, res);
      }, known);
      server.store.fail('create', 'save');
      const raw = server.raw();
      const cookie = await client.jar.getCookieString(server.url);
      raw.request('GET', '/', { ...(cookie && { Cookie: cookie }) });
      await raw.until(/SESSION_STORE_UNAVAILABLE"?\}$/);
      // The connection goes on, and nothing of the answer follows. Whatever came late would come first.
      raw.request('GET', '/get');
      const received = await raw.until(/\{\}$/);
      expect(received.match(/HTTP\/1\.1/g)).toHaveLength(2);
      const [head = '', body = ''] = received.split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
      expect(head).not.toMatch(/^set-cookie:/im);
      const headers = new Headers(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(': ', 2) as [string, string]),
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        ...KEPT,
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'retry-after': '1',
      });
      for (const name of Object.keys(ENTITY)) expect([name, headers.get(name)]).toEqual([name, null]);
      expect(JSON.parse(body.slice(0, Number(headers.get('content-length'))))).toEqual({
        statusCode: 503,
        message: expect.any(String),
        error: 'Service Unavailable',
        code: 'SESSION_STORE_UNAVAILABLE',
      });
      expect(received).not.toMatch(/hunter2|10\.0\.0\.1/);
      server.store.heal();
      expect(await (await client.get('/get')).json()).toEqual(known ? { kept: 'yes' } : {});
      expect(server.store.size).toBe(known ? 1 : 0);
      expect(server.events.filter(({ name }) => name === 'storeError')).toHaveLength(1);
      if (known) await server.close();
    }
  });

  it('answers HEAD with 503 and no body', async () => {
    const client = await start((req, res) => {
      req.session['changed'] = true;
      res.end('hello');
    });
    server.store.fail('save');
    const response = await client.request('HEAD', '/');
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 503, body: '' });
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('answers 503 when the session cannot be ended, and leaves it in the browser', async () => {
    const client = await start(
      async (req, res) => {
        await (req.session.destroy(() => undefined) as unknown as Promise<void>);
        req.session = null as never;
        res.end('bye');
      },
      true,
      { options: { unset: 'destroy' } },
    );
    server.store.fail('save');
    const response = await client.get('/');
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
    server.store.heal();
    expect(await (await client.get('/get')).json()).toEqual({ kept: 'yes' });
  });

  it('does not make an answer wait or fail for a renewal', async () => {
    let now = Date.now();
    const client = await start((req, res) => res.end(String(req.session['kept'])), true, {
      options: { clock: { now: () => now } },
    });
    now += 10 * 60_000;
    server.store.hold('renew');
    expect(await (await client.get('/')).text()).toBe('yes');
    server.store.fail('renew');
    server.store.release();
    await client.get('/get');
    expect(server.store.writes).toContain('renew');
  });

  it('commits the other requests of a connection as if nothing had been', async () => {
    const client = await start((req, res) => {
      req.session['changed'] = req.headers['x-change'];
      res.end('done');
    });
    const cookie = await client.jar.getCookieString(server.url);
    const raw = server.raw();
    server.store.fail('save');
    raw.request('GET', '/', { Cookie: cookie, 'X-Change': 'a' });
    await raw.until(/503/);
    server.store.heal();
    raw.request('GET', '/', { Cookie: cookie, 'X-Change': 'b' });
    await raw.until(/done$/);
    expect(await (await client.get('/get')).json()).toEqual({ kept: 'yes', changed: 'b' });
  });

  it('keeps the first answer of a handler that throws afterwards, also if that answer fails', async () => {
    const client = await start((req, res) => {
      req.session['changed'] = true;
      res.end('done');
      throw new Error('afterwards');
    });
    expect(await (await client.get('/')).text()).toBe('done');
    server.store.fail('save');
    const failing = await client.get('/');
    // The change was saved by the first one, so there is nothing to save.
    expect(failing.status).toBe(200);
    server.store.heal();
    expect(await (await client.get('/get')).json()).toEqual({ kept: 'yes', changed: true });
  });

  it('survives a client that leaves before the failure', async () => {
    const closed = deferred();
    const client = await start((req, res) => {
      req.session['changed'] = true;
      res.once('close', () => closed.resolve());
      res.write('hello');
      res.end();
    });
    server.store.hold('save');
    server.store.fail('save');
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await server.store.waiting('save');
    raw.leave();
    await closed.promise;
    server.store.release();
    await turn();
    server.store.heal();
    expect(await (await client.get('/get')).json()).toEqual({ kept: 'yes' });
  });
});

describe.each(platforms)('a session that cannot be committed, %s', (platform) => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it.each([
    ['BigInt', 1n],
    ['a circle', circle],
    [
      'a toJSON() that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
    ],
  ])('answers 500 to a value that is no JSON: %s', async (_what, value) => {
    server = await startServer(platform, (req, res) => {
      if (req.url === '/set') req.session['kept'] = 'yes';
      if (req.url === '/') req.session['changed'] = value;
      res.end(JSON.stringify({ kept: req.session['kept'] }));
    });
    const client = server.client();
    const fresh = await client.get('/');
    expect(fresh.status).toBe(500);
    expect(fresh.headers.getSetCookie()).toEqual([]);
    expect(await fresh.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
    expect(server.store.size).toBe(0);
    await client.get('/set');
    const known = await client.get('/');
    expect(known.status).toBe(500);
    expect(known.headers.getSetCookie()).toEqual([]);
    expect(await (await client.get('/get')).json()).toEqual({ kept: 'yes' });
  });

  it('answers 500, and does not crash, when the application made the cookie impossible', async () => {
    server = await startServer(platform, (req, res) => {
      req.session['changed'] = true;
      req.session.cookie.domain = 'a;b';
      res.end('hello');
    });
    const response = await server.client().get('/');
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});
