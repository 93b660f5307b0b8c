import { once } from 'node:events';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { ExpressSessionOptions } from 'nest-session/express';
import { vi } from 'vitest';
import { CookieJar } from './cookie-jar.js';
import { FaultyStore } from './faulty-store.js';
import { handlers } from './handlers.js';
import { IdNames, storedSessions, visibleHeaders, type StoredSessions } from './normalize.js';
import type { HandlerName, Script, Step } from './script.js';

/** A function with express-session's signature. */
export type SessionFactory = (options: ExpressSessionOptions) => RequestHandler;

/** What one request came to. */
export interface StepOutcome extends StoredSessions {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Without Max-Age. */
  readonly cookies: readonly string[];
  readonly maxAges: readonly (string | null)[];
  /** Errors that the application heard of after its answer was under way. */
  readonly lateErrors: number;
}

/** What a script came to: one outcome for each step, or what the factory threw. */
export type Outcome = readonly StepOutcome[] | { readonly refused: true };

const SECRET = 'a secret for scripts, and for nothing else';
/** Milliseconds after which a request counts as never answered. */
const PATIENCE = 500;
const START = Date.UTC(2030, 0, 1);

/** Runs a script against an application with the given sessions. The caller has faked `Date`. */
export async function runScript(script: Script, session: SessionFactory): Promise<Outcome> {
  vi.setSystemTime(START);
  const store = script.makeStore?.() ?? new FaultyStore();
  let middleware: RequestHandler;
  try {
    middleware = session({ secret: SECRET, store, ...script.options, ...script.freshOptions?.() });
  } catch {
    return { refused: true };
  }
  const lateErrors: unknown[] = [];
  const server = application(script, middleware, lateErrors).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const names = new IdNames();
  const jars = new Map<string, CookieJar>();
  const outcomes: StepOutcome[] = [];
  try {
    for (const step of script.steps.map(asStep)) {
      if (step.after !== undefined) vi.setSystemTime(Date.now() + step.after);
      step.store?.(store);
      const who = step.as ?? 'ann';
      const jar = jars.get(who) ?? new CookieJar();
      jars.set(who, jar);
      lateErrors.length = 0;
      const answer = await send(port, step, jar).catch(() => NO_ANSWER);
      jar.keep(answer.cookies);
      await quiet();
      const cookies = answer.cookies.map((line) => names.inCookie(line));
      outcomes.push({
        status: answer.status,
        headers: visibleHeaders(answer.headers),
        cookies: cookies.map(({ line }) => line),
        maxAges: cookies.map(({ maxAge }) => maxAge),
        ...storedSessions(store, names),
        body: names.inText(answer.body),
        lateErrors: lateErrors.length,
      });
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return outcomes;
}

const asStep = (step: HandlerName | Step): Step => (typeof step === 'string' ? { run: step } : step);

function application(script: Script, middleware: RequestHandler, lateErrors: unknown[]): express.Express {
  const app = express();
  script.app?.(app);
  for (let mount = 0; mount < (script.mounts ?? 1); mount++) app.use(middleware);
  app.use((req, res, next) => {
    const name = req.path.slice(req.path.lastIndexOf('/') + 1) as HandlerName;
    handlers[name](req as unknown as Parameters<(typeof handlers)[HandlerName]>[0], res, next);
  });
  const onError: ErrorRequestHandler = (error: { status?: number }, _req, res, _next) => {
    if (res.headersSent) lateErrors.push(error);
    else res.status(error.status ?? 500).send('error');
  };
  return app.use(onError);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: readonly string[];
  readonly body: string;
}

const NO_ANSWER: Answer = { status: 0, headers: {}, cookies: [], body: 'no answer' };

async function send(port: number, step: Step, jar: CookieJar): Promise<Answer> {
  const usual = jar.header();
  const cookie = step.cookie ? step.cookie(usual) : usual;
  const outgoing = request({
    port,
    host: '127.0.0.1',
    agent: false,
    signal: AbortSignal.timeout(PATIENCE),
    method: step.method ?? 'GET',
    path: `${step.under ?? '/'}${step.run}`,
    headers: { ...(cookie && { cookie }), ...step.headers },
  });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, cookies: headers['set-cookie'] ?? [], body };
}

/** Lets what the answer did not wait for come to its end: every store here calls back within a turn. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}
