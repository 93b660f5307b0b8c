// An Express application with express-session and connect-redis, as their documentation describes it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStore } from 'connect-redis';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import session, { type SessionData } from 'express-session';
import { Cluster, Redis } from 'ioredis';
import { pass, readSettings, serve, sleep } from './host.js';
import { COOKIE, SECRET, type StoreSettings } from './settings.js';

type Values = Record<string, unknown> & { cookie: { maxAge?: number } };

const { store: where, slowWrites = 0 } = readSettings();

class SlowStore extends RedisStore {
  override async set(sid: string, data: SessionData, callback?: (error?: unknown) => void): Promise<void> {
    await sleep(slowWrites);
    return super.set(sid, data, callback);
  }
}

function openClient(settings: StoreSettings): Redis | Cluster {
  switch (settings.kind) {
    case 'redis':
      return new Redis(settings.url);
    case 'sentinel':
      return new Redis({ sentinels: settings.sentinels, name: settings.name });
    case 'cluster':
      return new Cluster(settings.nodes);
    case 'sqlite':
      throw new Error('There is no such store');
  }
}

const client = openClient(where);
client.on('error', () => {});
const store = slowWrites > 0 ? new SlowStore({ client }) : new RedisStore({ client });

const valuesOf = (req: Request): Values => req.session as unknown as Values;
const waitsFor = async (req: Request): Promise<void> => {
  const { wait } = req.query;
  if (typeof wait === 'string') await pass(wait);
};
const done = (call: (callback: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
const route =
  (work: (req: Request, res: Response) => Promise<void>): RequestHandler =>
  (req, res, next) =>
    void work(req, res).catch(next);

async function start(rolling: boolean): Promise<string> {
  const app = express();
  app.get('/health', (_req, res) => void res.json({}));
  app.use(
    session({ secret: SECRET, name: COOKIE, store, rolling, resave: false, saveUninitialized: false }),
    express.json(),
  );
  app.get('/plain', (_req, res) => void res.json({}));
  app.post(
    '/login',
    route(async (req, res) => {
      const { id, lifetime } = req.body as { id: string; lifetime?: number };
      const { cart } = valuesOf(req);
      await done((callback) => req.session.regenerate(callback));
      Object.assign(req.session, { user: { id }, ...(cart !== undefined && { cart }) });
      if (lifetime !== undefined) req.session.cookie.maxAge = lifetime;
      res.json({});
    }),
  );
  app.post(
    ['/logout', '/destroy'],
    route(async (req, res) => {
      await done((callback) => req.session.destroy(callback));
      res.status(204).end();
    }),
  );
  app.post(
    '/rotate',
    route(async (req, res) => {
      const { cookie: _cookie, ...values } = valuesOf(req);
      await done((callback) => req.session.regenerate(callback));
      Object.assign(req.session, values);
      res.json({});
    }),
  );
  app.get('/me', (req, res) => {
    const { user } = valuesOf(req);
    if (user === undefined) res.status(401).json({});
    else res.json(user);
  });
  app.get(
    '/values',
    route(async (req, res) => {
      await waitsFor(req);
      const { cookie: _cookie, ...values } = valuesOf(req);
      res.json(values);
    }),
  );
  app.post(
    '/values',
    route(async (req, res) => {
      await waitsFor(req);
      const values = valuesOf(req);
      for (const [key, value] of Object.entries(req.body as Record<string, unknown>)) {
        if (value === null) delete values[key];
        else values[key] = value;
      }
      res.json({});
    }),
  );
  app.post(
    '/push',
    route(async (req, res) => {
      await waitsFor(req);
      ((valuesOf(req)['list'] ??= []) as string[]).push((req.body as { item: string }).item);
      res.json({});
    }),
  );
  app.post('/count', (req, res) => {
    const values = valuesOf(req);
    values['n'] = Number(values['n'] ?? 0) + 1;
    res.json({ n: values['n'] });
  });
  app.post(
    '/locked',
    route(async (req, res) => {
      const n = Number(valuesOf(req)['n'] ?? 0);
      await sleep(2);
      valuesOf(req)['n'] = n + 1;
      res.json({});
    }),
  );
  app.post('/answer/:kind', (req, res) => {
    valuesOf(req)['saved'] = (req.body as { saved: string }).saved;
    if (req.params['kind'] === 'redirect') res.redirect(303, '/values');
    else if (req.params['kind'] === 'error') res.status(418).json({});
    else if (req.params['kind'] === 'stream') res.write('/val', () => res.end('ues'));
    else res.status(201).json({ next: '/values' });
  });
  // As an application would, so that the comparison is about the sessions and not about stack traces on the console.
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) next(error);
    else res.status(500).json({});
  });
  app.set('env', 'test');
  const server = createServer({ keepAliveTimeout: 60_000 }, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

serve({ url: await start(false), rollingUrl: await start(true) });
