import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { All, Controller, Module, Req, Res, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import express from 'express';
import type { Session, SessionData } from 'express-session';
import { SessionEvents, SessionMiddleware, SessionModule, type SessionModuleOptions } from 'nest-session';
import { createTransport, createEngine } from '../../libs/session/src/http/session-backend.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { ControlledStore } from './controlled-store.js';
import { HttpClient } from './http-client.js';
import { startApp } from './nest-app.js';
import { RawClient } from './raw-client.js';
import { SECRET } from './test-app.js';
import { recordEvents, type RecordedEvent } from './record-events.js';

/** Where the same handler runs: on Node alone, on Express, and on Nest over both platforms. */
export const platforms = ['node', 'express', 'nest-express', 'nest-fastify'] as const;
export type Platform = (typeof platforms)[number];

type Values = Session & Partial<SessionData> & Record<string, unknown>;
/** A raw request whose session holds what tests put there. */
export type Request = Omit<IncomingMessage, 'session' | 'sessionID'> & { session: Values; sessionID: string };
export type Handler = (req: Request, res: ServerResponse) => unknown;
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

export interface ServerSetup {
  readonly options?: SessionModuleOptions;
  /** Mounted in front of the session. */
  readonly before?: Middleware;
  /** Mounted behind the session. */
  readonly after?: Middleware;
}

export interface LifecycleServer {
  readonly url: string;
  readonly store: ControlledStore;
  /** Everything that was emitted. */
  readonly events: readonly RecordedEvent[];
  /** What errors the handler threw or rejected with. */
  readonly errors: unknown[];
  client(): HttpClient;
  raw(): RawClient;
  close(): Promise<void>;
}

/** Starts a server whose every request goes to one handler, which gets the raw request and response. */
export async function startServer(
  platform: Platform,
  handler: Handler,
  { options = {}, before, after }: ServerSetup = {},
): Promise<LifecycleServer> {
  const store = new ControlledStore(options.clock);
  const errors: unknown[] = [];
  const run = async (req: object, res: object): Promise<void> => {
    try {
      await handler(req as Request, res as ServerResponse);
    } catch (error) {
      errors.push(error);
      throw error;
    }
  };
  const all = { secret: SECRET, store, ...options };
  const started = platform.startsWith('nest')
    ? await startNest(platform, run, all, before, after)
    : await startPlain(platform, run, all, before, after);
  const events = recordEvents(started.events);
  const raws: RawClient[] = [];
  return {
    url: started.url,
    store,
    events,
    errors,
    client: () => new HttpClient(started.url),
    raw: () => {
      const raw = new RawClient(started.url);
      raws.push(raw);
      return raw;
    },
    async close() {
      for (const raw of raws) raw.close();
      store.release();
      await started.close();
      await store.close();
    },
  };
}

interface Started {
  readonly url: string;
  readonly events: SessionEvents;
  close(): Promise<void>;
}

type Run = (req: object, res: object) => Promise<void>;

/** The middleware without Nest around it. */
export function plainMiddleware(options: SessionModuleOptions): { use: Middleware; events: SessionEvents } {
  const events = new SessionEvents();
  const resolved = resolveOptions(options);
  const { use } = new SessionMiddleware({
    engine: createEngine(resolved, events),
    transport: createTransport(resolved),
  });
  return { use, events };
}

async function startPlain(
  platform: Platform,
  run: Run,
  options: SessionModuleOptions,
  before?: Middleware,
  after?: Middleware,
): Promise<Started> {
  const { use, events } = plainMiddleware(options);
  const chain = [before, use, after].filter((middleware) => middleware !== undefined);
  const answer500 = (res: ServerResponse): void => {
    if (res.headersSent) return void res.end();
    res.statusCode = 500;
    res.end('{"statusCode":500}');
  };
  const server = createServer(
    platform === 'express'
      ? expressOf(chain, run)
      : (req, res) => {
          const step = (index: number): void => {
            const middleware = chain[index];
            if (middleware) middleware(req, res, () => step(index + 1));
            else run(req, res).catch(() => answer500(res));
          };
          step(0);
        },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function expressOf(chain: readonly Middleware[], run: Run): express.Express {
  const app = express();
  app.set('env', 'test');
  for (const middleware of chain) app.use(middleware);
  app.use((req, res) => run(req, res));
  return app;
}

const rawOf = (platform: object): object => ('raw' in platform ? (platform.raw as object) : platform);

async function startNest(
  platform: Platform,
  run: Run,
  options: SessionModuleOptions,
  before?: Middleware,
  after?: Middleware,
): Promise<Started> {
  @Controller()
  class AnyController {
    @All(platform === 'nest-express' ? '{*path}' : '*')
    any(@Req() req: object, @Res() res: { hijack?: () => void }): Promise<void> {
      return run(rawOf(req), rawOf(res));
    }
  }

  @Module({ imports: [SessionModule.forRoot(options)], controllers: [AnyController] })
  class AppModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      if (after) consumer.apply(after).forRoutes('{*splat}');
    }
  }

  const { app, url } = await startApp(platform === 'nest-express' ? 'express' : 'fastify', AppModule, (it) => {
    if (before) it.use(before);
  });
  return {
    url,
    events: app.get(SessionEvents),
    close: async () => {
      (app.getHttpServer() as { closeAllConnections(): void }).closeAllConnections();
      await app.close();
    },
  };
}
