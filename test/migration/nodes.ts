import 'reflect-metadata';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { All, Controller, Get, Inject, Module, Next, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { RedisStore as RedisStore8 } from 'connect-redis';
import { RedisStore as RedisStore10 } from 'connect-redis-10';
import express, { type NextFunction, type RequestHandler, type Response } from 'express';
import expressSession, { type SessionOptions, type Store } from 'express-session';
import type { Redis } from 'ioredis';
import {
  AuthGuard,
  CurrentUser,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { startApp } from '../support/nest-app.js';
import { nodeRedisAdapter } from './node-redis-adapter.js';
import { appRoutes, Gate, type AppRequest, type AppSession } from './routes.js';

/** One process of the fleet, as far as requests can tell. */
export interface FleetNode {
  readonly url: string;
  readonly gate: Gate;
  close(): Promise<void>;
}

const SECRET = 'the secret that the old nodes sign with';

/** The stores of a deployment to move over, by the line of connect-redis. */
export const oldStores = {
  'connect-redis 8.1': (client: Redis): Store => new RedisStore8({ client }),
  'connect-redis 10': (client: Redis): Store => new RedisStore10({ client: nodeRedisAdapter(client) as never }),
} as const;

/** Express with express-session and connect-redis. */
export async function startOld(
  store: Store,
  options: Partial<Pick<SessionOptions, 'cookie' | 'resave' | 'rolling'>> = {},
): Promise<FleetNode> {
  const gate = new Gate();
  const routes = appRoutes(gate);
  const app = express();
  app.use(
    expressSession({ name: 'connect.sid', secret: SECRET, store, resave: false, saveUninitialized: false, ...options }),
  );
  app.use((req, res, next) => dispatch(routes, req as unknown as AppRequest, res, next));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gate,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Who is logged in stands where the application has always put it. */
class MemberGuard extends AuthGuard {
  protected override getUser(session: SessionObject): SessionUser | undefined {
    const { userId } = session as unknown as AppSession;
    return userId === undefined ? super.getUser(session) : { id: userId };
  }
}

@Controller()
class NewController {
  private readonly routes;

  constructor(
    @Inject(Gate) gate: Gate,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {
    this.routes = appRoutes(gate);
  }

  @UseGuards(MemberGuard)
  @Get('members')
  members(@CurrentUser() user: SessionUser | undefined) {
    return { welcome: true, user: user ?? null };
  }

  /** A login that is written for this library already, and readable for the old nodes. */
  @Post('login/new')
  async login(@Query('user') user: string) {
    await this.sessions.login({ id: user }, { keep: ['log'] });
    Object.assign(this.sessions.current, { userId: user });
    return {};
  }

  @Post('logout/new')
  async logout() {
    await this.sessions.logout();
    return {};
  }

  @All('{*path}')
  any(@Req() req: AppRequest, @Res() res: Response, @Next() next: NextFunction): void {
    dispatch(this.routes, req, res, next);
  }
}

/** Nest with SessionModule on the same Redis. */
export async function startNew(client: Redis, options: SessionModuleOptions = {}): Promise<FleetNode> {
  const gate = new Gate();
  @Module({
    imports: [
      SessionModule.forRoot({
        name: 'connect.sid',
        secret: SECRET,
        store: redisStore({ client, ids: 'plain' }),
        ...options,
      }),
    ],
    controllers: [NewController],
    providers: [{ provide: Gate, useValue: gate }],
  })
  class AppModule {}

  const { app, url } = await startApp('express', AppModule);
  return { url, gate, close: () => app.close() };
}

function dispatch(
  routes: ReturnType<typeof appRoutes>,
  req: AppRequest,
  res: Parameters<RequestHandler>[1],
  next: NextFunction,
): void {
  const route = routes[`${req.method} ${req.path}`];
  if (route) route(req, res, next);
  else res.status(404).json({});
}
