import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Injectable, Logger, Module, VersioningType } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  SessionMiddleware,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
  type SessionOptionsFactory,
} from 'nest-session';
import { requestContext } from '../../libs/session/src/http/request/request-context.js';
import { ControlledStore } from '../support/controlled-store.js';
import { watchForCrashes } from '../support/crash-watch.js';
import { platforms } from '../support/nest-app.js';
import { RawClient } from '../support/raw-client.js';
import {
  ShapingFilter,
  startAnswersApp,
  type AnswersApp,
  type AnswersSetup,
} from '../support/routes/answers.routes.js';
import { plainMiddleware, type Request } from '../support/lifecycle-server.js';
import { SECRET } from '../support/test-app.js';

watchForCrashes();

const apps: AnswersApp[] = [];
beforeEach(() => {
  Logger.overrideLogger(false);
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

type Next = () => void;
type Marked = IncomingMessage & { session: Record<string, unknown> };
const marks =
  (where: string) =>
  (req: IncomingMessage, _res: ServerResponse, next: Next): void => {
    (req as unknown as Marked).session[where] = true;
    next();
  };

describe.each(platforms)('where the session is, %s', (platform) => {
  const start = async (setup?: AnswersSetup): Promise<AnswersApp> => {
    const app = await startAnswersApp(platform, setup);
    apps.push(app);
    return app;
  };

  it('is in every middleware of a consumer, and in guard, interceptor, pipe, handler and filter', async () => {
    const app = await start({
      configure: (consumer) => void consumer.apply(marks('middleware')).forRoutes('{*splat}'),
    });
    const client = app.client();
    expect((await client.post('/everywhere')).status).toBe(201);
    const seen = { middleware: true, guard: true, interceptor: true, pipe: true, handler: true };
    expect(await (await client.get('/read')).json()).toEqual({ ...seen, afterwards: true });
    const failing = app.client();
    expect((await failing.post('/everywhere', { fail: true })).status).toBe(403);
    expect(await (await failing.get('/read')).json()).toEqual({ ...seen, filter: true });
  });

  it('is in middleware of app.use() that comes after it, and twice is harmless', async () => {
    const app = await start({
      prepare: (nest) => {
        nest.use(nest.get(SessionMiddleware).use);
        nest.use(marks('early'));
        nest.use(nest.get(SessionMiddleware).use);
      },
      configure: (consumer) => {
        consumer.apply(marks('late')).forRoutes('{*splat}');
      },
    });
    const client = app.client();
    const response = await client.get('/read');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(await response.json()).toEqual({ early: true, late: true });
    expect(app.store.asked).toEqual(['create']);
    app.store.forget();
    await client.get('/read');
    expect(app.store.asked).toEqual(['read']);
  });

  it('commits what middleware of app.use() changed before the body was malformed', async () => {
    const app = await start({
      prepare: (nest) => {
        nest.use(nest.get(SessionMiddleware).use);
        nest.use(marks('early'));
      },
    });
    const client = app.client();
    const malformed = await client.request('POST', '/everywhere', {
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(malformed.status).toBe(400);
    expect(malformed.headers.getSetCookie()).toHaveLength(1);
    expect(await (await client.get('/read')).json()).toEqual({ early: true });
  });

  it('is in a filter that shapes malformed JSON, where the body is read behind the session', async () => {
    const app = await start({
      prepare: (nest) => {
        nest.use(nest.get(SessionMiddleware).use);
        nest.useGlobalFilters(nest.get(ShapingFilter));
      },
    });
    const client = app.client();
    const malformed = await client.request('POST', '/everywhere', {
      body: `{"text":"${'x'.repeat(50_000)}"`,
      headers: { 'content-type': 'application/json' },
    });
    expect(malformed.status).toBe(400);
    expect(await malformed.json()).toEqual({ shaped: expect.any(String) });
    expect(await (await client.get('/read')).json()).toEqual({ filter: true });
  });

  it('is behind a global prefix, also where the route is not found', async () => {
    const app = await start({
      prepare: (nest) => void nest.setGlobalPrefix('api', { exclude: ['anonymous'] }),
      configure: (consumer) => void consumer.apply(marks('middleware')).forRoutes('{*splat}'),
    });
    const client = app.client();
    expect((await client.get('/api/nowhere')).headers.getSetCookie()).toHaveLength(1);
    expect(await (await client.get('/api/read')).json()).toEqual({ middleware: true });
    expect((await app.client().get('/anonymous')).headers.getSetCookie()).toHaveLength(1);
    expect((await client.get('/read')).status).toBe(404);
  });

  it('is behind a version in the path', async () => {
    const app = await start({
      prepare: (nest) => void nest.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] }),
    });
    const client = app.client();
    expect(await (await client.get('/v1/json')).json()).toEqual({ n: 1 });
    expect(await (await client.get('/v2/json')).json()).toEqual({ n: 2 });
  });

  it('holds its context through timers, streams and callbacks, after the body was read', async () => {
    for (const early of [false, true]) {
      const app = await start({
        prepare: (nest) => void (early && nest.use(nest.get(SessionMiddleware).use)),
      });
      const client = app.client();
      for (let round = 0; round < 2; round++) {
        const seen = (await (await client.post('/context', { text: 'x'.repeat(50_000) })).json()) as object;
        expect(Object.values(seen)).toEqual(Array.from({ length: 10 }, () => true));
      }
      expect(await (await client.get('/read')).json()).toEqual({ context: true });
    }
  });

  it('holds its context when the body comes slowly', async () => {
    for (const early of [false, true]) {
      const app = await start({ prepare: (nest) => void (early && nest.use(nest.get(SessionMiddleware).use)) });
      const client = app.client();
      await client.get('/json');
      app.store.forget();
      const raw = app.raw();
      const body = JSON.stringify({ text: 'x'.repeat(1_000) });
      const headers = { 'Content-Type': 'application/json', 'Content-Length': `${body.length}`, Connection: 'close' };
      raw.request('POST', '/context', { ...headers, Cookie: await client.jar.getCookieString(app.url) });
      await vi.waitFor(() => expect(app.store.asked.length > 0 || !(early || platform === 'fastify')).toBe(true));
      for (const part of body.match(/.{1,400}/g)!) {
        raw.send(part);
        for (let i = 0; i < 20; i++) await turn();
      }
      const seen = JSON.parse((await raw.closed()).split('\r\n\r\n')[1]!) as object;
      expect(Object.values(seen)).toEqual(Array.from({ length: 10 }, () => true));
    }
  });

  it('is that of its own request: 20 requests at the same time, with bodies', async () => {
    const app = await start();
    const clients = Array.from({ length: 20 }, () => app.client());
    await Promise.all(clients.map((client, index) => client.post('/login', { id: `u${index}` })));
    await Promise.all(clients.map((client, index) => client.get(`/user/${index}`)));
    const read = await Promise.all(clients.map(async (client) => (await client.get('/read')).json()));
    expect(read).toEqual(clients.map((_client, index) => ({ user: { id: `u${index}` }, [`user${index}`]: true })));
  });

  it('is not there outside of a request', async () => {
    const app = await start();
    await app.client().get('/json');
    expect(() => app.app.get(SessionService).current).toThrow('outside a request');
  });

  it('is not another application’s', async () => {
    const one = await start();
    const two = await start({ options: { name: 'sid' } });
    const client = one.client();
    await client.get('/json');
    const cookie = await client.jar.getCookieString(one.url);
    const other = await fetch(`${two.url}/read`, { headers: { cookie } });
    expect(await other.json()).toEqual({});
    const asked = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const app = index % 2 ? one : two;
        const visitor = app.client();
        await visitor.get(`/user/${index}`);
        return (await visitor.get('/read')).json();
      }),
    );
    expect(asked).toEqual(Array.from({ length: 10 }, (_, index) => ({ [`user${index}`]: true })));
    expect([one.store.size, two.store.size]).toEqual([6, 5]);
  });

  describe('forRootAsync()', () => {
    const works = async (session: NonNullable<AnswersSetup['session']>) => {
      const app = await start({ session });
      const client = app.client();
      expect(await (await client.get('/json')).json()).toEqual({ n: 1 });
      expect(await (await client.get('/json')).json()).toEqual({ n: 2 });
      expect(app.store.size).toBe(1);
    };

    it('takes useFactory, at once and later', async () => {
      await works((options) => [SessionModule.forRootAsync({ useFactory: () => options })]);
      await works((options) => [
        SessionModule.forRootAsync({
          useFactory: async () => {
            await turn();
            return options;
          },
        }),
      ]);
    });

    it('takes useClass and useExisting', async () => {
      let given: SessionModuleOptions = {};
      @Injectable()
      class Factory implements SessionOptionsFactory {
        createSessionOptions(): SessionModuleOptions {
          return given;
        }
      }
      @Module({ providers: [Factory], exports: [Factory] })
      class FactoryModule {}
      await works((options) => {
        given = options;
        return [SessionModule.forRootAsync({ useClass: Factory })];
      });
      await works((options) => {
        given = options;
        return [SessionModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory })];
      });
    });
  });
});

describe('Fastify, in particular', () => {
  it('has the context again behind a hook that lost it', async () => {
    // As a pool of connections does that was made before the request.
    const waiting: (() => void)[] = [];
    const pool = setInterval(() => waiting.splice(0).forEach((done) => done()), 1);
    const app = await startAnswersApp('fastify', {
      prepare: (nest) => {
        const fastify = nest.getHttpAdapter().getInstance() as {
          addHook(
            name: string,
            hook: (request: object, reply: object, payload: object, done: () => void) => void,
          ): void;
        };
        fastify.addHook('preParsing', (_request, _reply, _payload, done) => void waiting.push(done));
      },
    });
    apps.push(app);
    try {
      const seen = (await (await app.client().post('/context', {})).json()) as object;
      expect(Object.values(seen)).toEqual(Array.from({ length: 10 }, () => true));
    } finally {
      clearInterval(pool);
    }
  });

  it('takes req.session = null on its own request, as Express does', async () => {
    const app = await startAnswersApp('fastify', {
      prepare: (nest) => {
        const fastify = nest.getHttpAdapter().getInstance() as {
          get(path: string, handler: (request: { session: Record<string, unknown> | null }) => unknown): void;
        };
        fastify.get('/forget', (request) => {
          request.session!['changed'] = true;
          request.session = null;
          return String(request.session);
        });
      },
    });
    apps.push(app);
    const response = await app.client().get('/forget');
    expect(await response.text()).toBe('undefined');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(app.store.asked).toEqual([]);
  });
});

describe('without a framework', () => {
  it('serves HTTP/2 by its compatible classes', async () => {
    const store = new ControlledStore();
    const { use } = plainMiddleware({ secret: SECRET, store });
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const server = createHttp2Server((incoming, outgoing) => {
      const req = incoming as unknown as IncomingMessage;
      const res = outgoing as unknown as ServerResponse;
      use(req, res, () => {
        const { session } = req as unknown as Request;
        const n = (session['n'] = Number(session['n'] ?? 0) + 1);
        if (req.url === '/stream') {
          res.write('n=');
          setImmediate(() => {
            session['late'] = true;
            res.end(String(n));
          });
        } else {
          res.writeHead(201, { 'set-cookie': 'app=1' });
          res.end(`n=${n}`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = (path: string, cookie?: string) =>
      new Promise<{ status: number | undefined; cookies: string[]; body: string }>((resolve, reject) => {
        const stream = client.request({ ':path': path, ...(cookie && { cookie }) });
        let status: number | undefined;
        let cookies: string[] = [];
        let body = '';
        stream.on('response', (headers) => {
          status = headers[':status'];
          cookies = headers['set-cookie'] ?? [];
        });
        stream.setEncoding('utf8').on('data', (text: string) => (body += text));
        stream.once('close', () => resolve({ status, cookies, body })).once('error', reject);
        stream.end();
      });
    try {
      const first = await ask('/');
      expect(first).toEqual({ status: 201, cookies: ['app=1', expect.stringMatching(/^sid=/)], body: 'n=1' });
      const cookie = String(first.cookies[1]).split(';', 1)[0];
      expect(await ask('/stream', cookie)).toEqual({ status: 200, cookies: [], body: 'n=2' });
      expect(store.writes).toEqual(['create', 'save', 'save']);
      store.fail('save');
      const failed = await ask('/', cookie);
      expect({ status: failed.status, cookies: failed.cookies }).toEqual({ status: 503, cookies: [] });
      expect(failed.body).toMatch(/SESSION_STORE_UNAVAILABLE/);
      // A client that leaves while the store is slow.
      store.heal();
      store.hold('save');
      const stream = client.request({ ':path': '/', cookie });
      stream.on('error', () => {});
      await store.waiting('save');
      stream.close(8);
      await turn();
      store.release();
      expect((await ask('/', cookie)).status).toBe(201);
      expect(warnings.filter(({ name }) => name === 'UnsupportedWarning')).toEqual([]);
    } finally {
      process.off('warning', note);
      client.destroy();
      server.close();
      await store.close();
    }
  });

  it('leaves no context behind for a request on the same connection that has no session', async () => {
    const store = new ControlledStore();
    const { use } = plainMiddleware({ secret: SECRET, store, cookie: { path: '/app' } });
    const seen: boolean[] = [];
    const server = createServer((req, res) => {
      use(req, res, () => {
        seen.push(requestContext.getStore() !== undefined);
        const { session } = req as unknown as Partial<Request>;
        if (session) session['n'] = 1;
        res.end('done');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const raw = new RawClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const path of ['/app', '/other', '/app', '/other']) raw.request('GET', path);
    await raw.until((received) => received.match(/done/g)?.length === 4);
    for (const path of ['/app', '/other']) raw.request('GET', path);
    await raw.until((received) => received.match(/done/g)?.length === 6);
    expect(seen).toEqual([true, false, true, false, true, false]);
    raw.close();
    server.close();
    await store.close();
  });

  it('answers a middleware mounted twice with one session, and lets none through to another path', async () => {
    const store = new ControlledStore();
    const { use } = plainMiddleware({ secret: SECRET, store, cookie: { path: '/app' } });
    const seen: unknown[] = [];
    const server = createServer((req, res) => {
      use(req, res, () =>
        use(req, res, () => {
          const { session } = req as unknown as Partial<Request>;
          seen.push([req.url, session !== undefined]);
          if (session) session['n'] = 1;
          res.end('done');
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const path of ['/app', '/app/', '/app?x=/app', '/app/deep/er', '/application', '/App', '/', '/x/app'])
      await (await fetch(url + path)).text();
    expect(seen).toEqual([
      ['/app', true],
      ['/app/', true],
      ['/app?x=/app', true],
      ['/app/deep/er', true],
      ['/application', false],
      ['/App', false],
      ['/', false],
      ['/x/app', false],
    ]);
    expect(store.writes).toEqual(['create', 'create', 'create', 'create']);
    server.closeAllConnections();
    server.close();
    await store.close();
  });
});
