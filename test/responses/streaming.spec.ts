import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { watchForCrashes } from '../support/crash-watch.js';
import { deferred } from '../support/deferred.js';
import {
  platforms,
  startServer,
  type Handler,
  type LifecycleServer,
  type Request,
} from '../support/lifecycle-server.js';

watchForCrashes();

let server: LifecycleServer;
afterEach(() => server.close());
beforeEach(() => {
  Logger.overrideLogger(false);
});

const visits = (req: Request): unknown => req.session['visits'];

/** Answers `/set` by making a session, `/get` with what it holds, and the rest as the test says. */
const routes =
  (handler: Handler): Handler =>
  (req, res) => {
    if (req.url === '/set') {
      req.session['visits'] = 0;
      return res.end('set');
    }
    if (req.url === '/get') return res.end(JSON.stringify({ visits: visits(req), late: req.session['late'] }));
    return handler(req, res);
  };

describe.each(platforms)('a response in pieces, %s', (platform) => {
  async function start(handler: Handler, known = true) {
    server = await startServer(platform, routes(handler));
    const client = server.client();
    if (known) await client.get('/set');
    server.store.forget();
    return client;
  }
  const stored = async (client: Awaited<ReturnType<typeof start>>) => (await client.get('/get')).json();

  it('saves what changed before the first piece, and then sends it', async () => {
    const client = await start((req, res) => {
      req.session['visits'] = 1;
      res.write('one ');
      res.end('two');
    });
    server.store.hold('save');
    const response = client.get('/');
    await server.store.waiting('save');
    server.store.release();
    expect(await (await response).text()).toBe('one two');
    expect(await stored(client)).toEqual({ visits: 1 });
    expect(server.store.writes).toEqual(['save']);
  });

  it('gives a new visitor the cookie with the first piece', async () => {
    const go = deferred();
    const client = await start(async (req, res) => {
      req.session['visits'] = 1;
      res.write('one ');
      await go.promise;
      res.end('two');
    }, false);
    const response = await client.get('/');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    go.resolve();
    expect(await response.text()).toBe('one two');
    expect(await stored(client)).toEqual({ visits: 1 });
  });

  it('saves what changed after the first piece before it ends', async () => {
    const client = await start((req, res) => {
      res.write('one ');
      req.session['late'] = true;
      res.end('two');
    });
    server.store.hold('save');
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await server.store.waiting('save');
    await raw.until(/one /);
    await turn();
    expect(raw.received).not.toMatch(/two/);
    server.store.release();
    await raw.until(/two\r\n0\r\n\r\n$/);
    expect(await stored(client)).toEqual({ visits: 0, late: true });
  });

  it('saves both, what changed before and after', async () => {
    const client = await start(async (req, res) => {
      req.session['visits'] = 1;
      res.write('one ');
      await turn();
      req.session['late'] = { nested: [1] };
      res.end('two');
    });
    expect(await (await client.get('/')).text()).toBe('one two');
    expect(await stored(client)).toEqual({ visits: 1, late: { nested: [1] } });
    expect(server.store.writes).toEqual(['save', 'save']);
  });

  it('reports a new session that changed after the first piece, and does not save it', async () => {
    const client = await start((req, res) => {
      res.write('one ');
      req.session['late'] = true;
      res.end('two');
    }, false);
    const response = await client.get('/');
    expect(await response.text()).toBe('one two');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(server.events).toEqual([{ name: 'rejected', reason: 'headers-sent', handle: expect.any(String) }]);
    expect(server.store.asked).toEqual([]);
    expect(server.store.size).toBe(0);
  });

  it('refuses to save a new session after the first piece', async () => {
    const caught = deferred<unknown>();
    const client = await start(async (req, res) => {
      res.write('one ');
      req.session['late'] = true;
      await (req.session.save() as unknown as Promise<void>).catch((error: unknown) => caught.resolve(error));
      req.session['late'] = undefined;
      res.end();
    }, false);
    await (await client.get('/')).text();
    expect(await caught.promise).toMatchObject({ code: 'SESSION_HEADERS_SENT' });
    expect(server.store.size).toBe(0);
  });

  it('breaks off a response whose late change cannot be saved', async () => {
    const go = deferred();
    const client = await start(async (req, res) => {
      res.write('one ');
      await go.promise;
      req.session['late'] = true;
      res.end('two');
    });
    server.store.fail('save');
    const response = await client.get('/');
    expect(response.status).toBe(200);
    go.resolve();
    await expect(response.text()).rejects.toThrow('terminated');
    server.store.heal();
    expect(await stored(client)).toEqual({ visits: 0 });
  });

  it.each([
    ['a value that is no JSON', (req: Request) => (req.session['late'] = 1n)],
    [
      'a circle',
      (req: Request) => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        req.session['late'] = circle;
      },
    ],
  ])('breaks off a response after which the session holds %s, and loses nothing stored', async (_what, change) => {
    const go = deferred();
    const client = await start(async (req, res) => {
      res.write('one ');
      await go.promise;
      change(req);
      res.end('two');
    });
    const response = await client.get('/');
    go.resolve();
    await expect(response.text()).rejects.toThrow('terminated');
    expect(await stored(client)).toEqual({ visits: 0 });
  });

  it('commits at flushHeaders()', async () => {
    const go = deferred();
    const client = await start(async (req, res) => {
      req.session['visits'] = 1;
      res.flushHeaders();
      await go.promise;
      res.end('done');
    }, false);
    const response = await client.get('/');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    go.resolve();
    expect(await response.text()).toBe('done');
    expect(await stored(client)).toEqual({ visits: 1 });
  });

  it('sends server-sent events when they happen, and saves what changed at the end', async () => {
    const go = deferred();
    const client = await start(async (req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write('data: 1\n\n');
      await go.promise;
      req.session['late'] = true;
      res.end('data: 2\n\n');
    });
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await raw.until(/data: 1/);
    go.resolve();
    await raw.until(/0\r\n\r\n$/);
    expect(await stored(client)).toEqual({ visits: 0, late: true });
  });

  it.each(['that ends the response then', 'that never ends the response'])(
    'saves what changed when the client has left, with a handler %s',
    async (which) => {
      const left = deferred();
      const client = await start(async (req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' });
        res.write('data: 1\n\n');
        req.session['late'] = true;
        await once(res, 'close');
        req.session['visits'] = 'left';
        if (which === 'that ends the response then') res.end();
        left.resolve();
      });
      const raw = server.raw();
      raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
      await raw.until(/data: 1/);
      raw.leave();
      await left.promise;
      await vi.waitFor(async () => expect(await stored(client)).toEqual({ visits: 'left', late: true }));
    },
  );

  it('saves what changes after a client left during the commit', async () => {
    const left = deferred();
    const client = await start(async (req, res) => {
      req.session['visits'] = 1;
      res.write('data: 1\n\n');
      await once(res, 'close');
      req.session['late'] = true;
      left.resolve();
    });
    server.store.hold('save');
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await server.store.waiting('save');
    raw.leave();
    await left.promise;
    server.store.release();
    await vi.waitFor(async () => expect(await stored(client)).toEqual({ visits: 1, late: true }));
  });

  it('loses no change, and does not crash, when the client leaves before the answer', async () => {
    const gone = deferred();
    const answered = deferred();
    const client = await start(async (req, res) => {
      res.once('close', () => gone.resolve());
      await gone.promise;
      req.session['visits'] = 'nobody there';
      res.end('hello?');
      answered.resolve();
    });
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await vi.waitFor(() => expect(server.store.asked).toContain('read'));
    raw.leave();
    await answered.promise;
    await vi.waitFor(async () => expect(await stored(client)).toEqual({ visits: 'nobody there' }));
  });

  it.each(['read', 'save'] as const)('lets a client leave while the store is slow: %s', async (operation) => {
    const closed = deferred();
    const client = await start((req, res) => {
      req.session['visits'] = 1;
      res.once('close', () => closed.resolve());
      res.end('done');
    });
    server.store.hold(operation);
    const raw = server.raw();
    raw.request('GET', '/', { Cookie: await client.jar.getCookieString(server.url) });
    await server.store.waiting(operation);
    raw.leave();
    if (operation === 'save') await closed.promise;
    server.store.release();
    await vi.waitFor(async () => expect(await stored(client)).toEqual({ visits: 1 }));
  });
});
