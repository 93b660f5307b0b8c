import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { session, type ExpressSessionOptions } from 'nest-session/express';
import { onTestFinished } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { FaultyStore } from './faulty-store.js';
import type { Handler } from './script.js';

export interface ExpressApp {
  readonly client: HttpClient;
  readonly store: FaultyStore;
  /** Another browser. */
  visitor(): HttpClient;
}

/** One handler for every path, or several by path. */
export type Routes = Handler | Readonly<Record<string, Handler>>;

/** Starts an Express application with `nest-session/express` that ends with the test. */
export async function serve(
  options: Partial<ExpressSessionOptions>,
  routes: Routes,
  prepare: (app: Express) => void = () => undefined,
): Promise<ExpressApp> {
  const store = options.store instanceof FaultyStore ? options.store : new FaultyStore();
  const app = express();
  prepare(app);
  app.use(session({ secret: 'conformance', resave: false, saveUninitialized: false, store, ...options }));
  for (const [path, handler] of Object.entries(typeof routes === 'function' ? { '/{*rest}': routes } : routes)) {
    app.all(path, handler as unknown as express.RequestHandler);
  }
  const onError: ErrorRequestHandler = (error: { status?: number; message?: string }, _req, res, _next) =>
    void res.status(error.status ?? 500).json({ error: error.message });
  app.use(onError);
  return { store, ...(await listen(app)) };
}

/** Lets an application listen until the test ends. */
export async function listen(app: Express): Promise<Pick<ExpressApp, 'client' | 'visitor'>> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: new HttpClient(url), visitor: () => new HttpClient(url) };
}

/** The attributes of the session's Set-Cookie line, in lower case; undefined without one. */
export function setCookie(response: Response, name = 'connect.sid'): Record<string, string | true> | undefined {
  const line = response.headers.getSetCookie().find((one) => one.startsWith(`${name}=`));
  if (line === undefined) return undefined;
  const [pair = '', ...rest] = line.split('; ');
  const attributes = rest.map((attribute): [string, string | true] => {
    const [key = '', value] = attribute.split('=');
    return [key.toLowerCase(), value ?? true];
  });
  return { value: pair.slice(name.length + 1), ...Object.fromEntries(attributes) };
}
