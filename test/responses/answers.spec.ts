import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchForCrashes } from '../support/crash-watch.js';
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

describe.each(platforms)('the ways to answer, %s', (platform) => {
  async function start(handler: Handler, setup?: ServerSetup) {
    server = await startServer(platform, handler, setup);
    return server.client();
  }

  const change: Handler = (req) => (req.session['visits'] = Number(req.session['visits'] ?? 0) + 1);

  it('saves on HEAD and sends the cookie without a body', async () => {
    const client = await start((req, res) => {
      change(req, res);
      res.setHeader('Content-Length', 5);
      res.end('hello');
    });
    const response = await client.request('HEAD', '/');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.get('content-length')).toBe('5');
    expect(await response.text()).toBe('');
    expect(server.store.writes).toEqual(['create']);
  });

  it('saves with 304, and keeps it out of caches', async () => {
    const client = await start((req, res) => {
      change(req, res);
      res.setHeader('ETag', '"v1"');
      res.setHeader('Cache-Control', 'public, max-age=60');
      res.writeHead(req.headers['if-none-match'] === '"v1"' ? 304 : 200).end();
    });
    const response = await client.get('/', { 'If-None-Match': '"v1"' });
    expect(response.status).toBe(304);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toBe('Cookie');
  });

  it.each([204, 205, 301, 404, 418, 500])('saves with %i', async (status) => {
    const client = await start((req, res) => {
      change(req, res);
      res.statusCode = status;
      res.end();
    });
    const response = await client.get('/');
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  it('ends once, and calls what waits for the end', async () => {
    const called: string[] = [];
    const client = await start((req, res) => {
      change(req, res);
      res.write('he', () => called.push('write'));
      res.end('llo', 'utf8', () => called.push('end'));
      res.end('again', () => called.push('again'));
    });
    const response = await client.get('/');
    expect(await response.text()).toBe('hello');
    await turn();
    expect(called).toEqual(expect.arrayContaining(['write', 'end', 'again']));
    expect(server.errors).toEqual([]);
  });

  it.each([
    ['an object', { 'X-App': 'yes', 'Set-Cookie': ['a=1', 'b=2'] }],
    ['a flat array', ['X-App', 'yes', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']],
  ])('keeps what writeHead() was given as %s, and the cookie', async (_what, headers) => {
    const client = await start((req, res) => {
      change(req, res);
      res.setHeader('X-Before', 'yes');
      res.writeHead(201, 'Made It', headers as unknown as string[]).end('hello');
    });
    const response = await client.get('/');
    expect({ status: response.status, text: response.statusText }).toEqual({ status: 201, text: 'Made It' });
    expect(response.headers.get('x-app')).toBe('yes');
    expect(response.headers.get('x-before')).toBe('yes');
    const cookies = response.headers.getSetCookie();
    expect(cookies.slice(0, 2)).toEqual(['a=1', 'b=2']);
    expect(cookies[2]).toMatch(/^sid=/);
    expect(cookies).toHaveLength(3);
  });

  it('keeps nested pairs and repeated names of writeHead()', async () => {
    const client = await start((req, res) => {
      change(req, res);
      // A form that Node takes and its types do not know.
      const pairs = [
        ['X-App', '1'],
        ['X-App', '2'],
      ] as unknown as string[];
      res.writeHead(200, pairs).end();
    });
    const response = await client.get('/');
    expect(response.headers.get('x-app')).toBe('1, 2');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('refuses a second head', async () => {
    const client = await start((req, res) => {
      change(req, res);
      res.writeHead(201, { 'X-App': 'first' });
      try {
        res.writeHead(500, { 'X-App': 'second' });
      } finally {
        res.end('hello');
      }
    });
    const response = await client.get('/');
    expect(response.status).toBe(201);
    expect(response.headers.get('x-app')).toBe('first');
    expect(server.errors).toEqual([expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' })]);
  });

  it('lets the first answer win over an error that comes after it', async () => {
    const client = await start((req, res) => {
      change(req, res);
      res.end('first');
      throw new Error('afterwards');
    });
    const response = await client.get('/');
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body: 'first' });
    expect((await client.get('/')).status).toBe(200);
  });

  it('sends informational responses untouched and at once', async () => {
    await start((req, res) => {
      res.writeContinue();
      res.writeEarlyHints({ link: '</style.css>; rel=preload' });
      res.writeProcessing();
      change(req, res);
      res.end('hello');
    });
    server.store.hold('create');
    const raw = server.raw();
    raw.request('GET', '/');
    await server.store.waiting('create');
    const early = await raw.until(/102 Processing\r\n\r\n/);
    expect(early).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nLink: .*\r\n\r\nHTTP\/1\.1 102/,
    );
    expect(early).not.toMatch(/200|set-cookie/i);
    server.store.release();
    await raw.until(/HTTP\/1\.1 200 OK\r\n[^]*hello$/);
  });

  it('answers Expect: 100-continue', async () => {
    await start((req, res) => {
      change(req, res);
      res.end('thanks');
    });
    const sent = httpRequest(server.url, {
      method: 'POST',
      headers: { Expect: '100-continue', 'Content-Length': 2, 'Content-Type': 'text/plain' },
    });
    sent.on('error', () => {});
    const continued = new Promise((resolve) => sent.once('continue', resolve));
    const response = new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
    sent.flushHeaders();
    await continued;
    sent.end('hi');
    const { statusCode, headers } = await response;
    expect(statusCode).toBe(200);
    expect(headers['set-cookie']).toHaveLength(1);
    sent.destroy();
  });

  it('answers requests that come in one go on one connection, each with its own session', async () => {
    const client = await start((req, res) => {
      if (req.url !== '/none') req.session['path'] ??= req.url;
      res.end(`[${String(req.session['path'])}]`);
    });
    await client.get('/mine');
    const cookie = await client.jar.getCookieString(server.url);
    server.store.hold('create');
    const raw = server.raw();
    raw.request('GET', '/a');
    raw.request('GET', '/none');
    raw.request('GET', '/b', { Cookie: cookie });
    raw.request('GET', '/c');
    await server.store.waiting('create');
    await turn();
    expect(raw.received).toBe('');
    server.store.release();
    const received = await raw.until(/\[\/c\]$/);
    expect(received.match(/\[[^\]]*\]/g)).toEqual(['[/a]', '[undefined]', '[/mine]', '[/c]']);
    const cookies = received.match(/^set-cookie: sid=[^;]*/gim) ?? [];
    expect(cookies).toHaveLength(2);
    expect(new Set(cookies).size).toBe(2);
  });

  it('leaves a request alone that wants to upgrade', async () => {
    const client = await start((req, res) => {
      change(req, res);
      res.end('no');
    });
    expect((await client.get('/')).status).toBe(200);
    const raw = server.raw();
    raw.request('GET', '/', { Connection: 'Upgrade', Upgrade: 'websocket' });
    const received = await raw.until(/^HTTP\/1\.1 200 [^]*no$/);
    expect(received.match(/^set-cookie:/gim)).toHaveLength(1);
  });

  it('keeps sessions apart that are at work at the same time', async () => {
    await start(async (req, res) => {
      const name = req.url;
      req.session['name'] ??= name;
      for (let i = 0; i < 5; i++) await turn();
      res.end(JSON.stringify([req.session['name'], req.sessionID === req.session.id]));
    });
    const clients = Array.from({ length: 20 }, () => server.client());
    for (const round of [1, 2]) {
      const answers = await Promise.all(
        clients.map(async (client, index) => (await client.get(round === 1 ? `/${index}` : '/other')).json()),
      );
      expect(answers).toEqual(clients.map((_client, index) => [`/${index}`, true]));
    }
    expect(new Set(await Promise.all(clients.map((client) => client.cookie()))).size).toBe(20);
  });

  it('costs a clean session nothing: no write, and no header but Vary where it was read', async () => {
    const client = await start((req, res) => {
      if (req.url === '/set') change(req, res);
      if (req.url !== '/never') void req.session['visits'];
      res.end('hello');
    });
    const headersOf = async (path: string) => {
      const response = await client.get(path);
      await response.text();
      return [...response.headers.keys()].filter((name) => name !== 'date');
    };
    const anonymous = await headersOf('/never');
    const looked = [...anonymous, 'vary'].sort();
    expect((await headersOf('/read')).sort()).toEqual(looked);
    expect(server.store.asked).toEqual([]);
    const { url } = server;
    await client.get('/set');
    server.store.forget();
    expect((await headersOf('/read')).sort()).toEqual(looked);
    expect(await headersOf('/never')).toEqual(anonymous);
    expect(server.store.asked).toEqual(['read', 'read']);
    expect(server.url).toBe(url);
  });

  it('saves changes deep inside of values, and only changes', async () => {
    const client = await start((req, res) => {
      const cart = (req.session['cart'] ??= { items: [{ n: 0 }] }) as { items: { n: number }[] };
      if (req.url === '/deep') cart.items[0]!.n++;
      if (req.url === '/same') cart.items[0]!.n += 0;
      if (req.url === '/push') cart.items.push({ n: 7 });
      if (req.url === '/delete') delete req.session['cart'];
      res.end(JSON.stringify(cart));
    });
    await client.get('/');
    server.store.forget();
    for (const path of ['/same', '/deep', '/same', '/push', '/same']) await client.get(path);
    expect(server.store.writes).toEqual(['save', 'save']);
    expect(await (await client.get('/')).json()).toEqual({ items: [{ n: 1 }, { n: 7 }] });
    await client.get('/delete');
    expect(await (await client.get('/')).json()).toEqual({ items: [{ n: 0 }] });
  });

  it.each([
    ['req.session = null', (req: { session: unknown }) => (req.session = null)],
    ['req.session = undefined', (req: { session: unknown }) => (req.session = undefined)],
    ['delete req.session', (req: { session?: unknown }) => delete req.session],
  ])('forgets the changes of a request after %s', async (_what, forget) => {
    for (const unset of ['keep', 'destroy'] as const) {
      const client = await start(
        (req, res) => {
          if (req.url === '/get') return res.end(String(req.session['kept']));
          req.session['kept'] ??= 'yes';
          if (req.url === '/forget') {
            req.session['kept'] = 'changed';
            forget(req);
          }
          return res.end(`now ${String(req.session === undefined)}`);
        },
        { options: { unset } },
      );
      const anonymous = await client.get('/forget');
      expect(anonymous.headers.getSetCookie()).toEqual([]);
      await client.get('/set');
      const response = await client.get('/forget');
      expect(await response.text()).toBe('now true');
      expect(response.headers.getSetCookie()).toHaveLength(unset === 'keep' ? 0 : 1);
      expect(await (await client.get('/get')).text()).toBe(unset === 'keep' ? 'yes' : 'undefined');
      expect(server.store.sessions).toBe(unset === 'keep' ? 1 : 0);
      if (unset === 'keep') await server.close();
    }
  });

  it.each([
    ['an object', () => ({ user: { id: 'admin' } })],
    ['a string', () => 'session'],
    ['the copy of a session', (req: { session: object }) => ({ ...req.session })],
    ['an object made from a session', (req: { session: object }) => Object.create(req.session) as object],
  ])('refuses %s in place of a session', async (_what, make) => {
    const client = await start((req, res) => {
      if (req.url === '/get') return res.end(JSON.stringify([req.session['kept'], req.session.user]));
      req.session['kept'] = 'yes';
      try {
        req.session = make(req) as never;
        return res.end('taken');
      } catch (error) {
        return res.end(String(error));
      }
    });
    expect(await (await client.get('/')).text()).toMatch(/^TypeError: req\.session can be set to null only/);
    expect(await (await client.get('/get')).json()).toEqual(['yes', null]);
  });

  it('takes the session itself in its own place', async () => {
    const client = await start((req, res) => {
      // oxlint-disable-next-line no-self-assign
      req.session = req.session;
      change(req, res);
      res.end(String(req.session['visits']));
    });
    await client.get('/');
    expect(await (await client.get('/')).text()).toBe('2');
  });

  it('refuses a session of before regenerate(), rather than dropping it in silence', async () => {
    const client = await start(async (req, res) => {
      const before = req.session;
      await (req.session.regenerate as unknown as () => Promise<void>)();
      expect(() => (req.session = before)).toThrow(TypeError);
      res.end('done');
    });
    expect(await (await client.get('/')).text()).toBe('done');
    expect(server.errors).toEqual([]);
  });
});
