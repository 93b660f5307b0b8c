import 'reflect-metadata';
import { All, Controller, Inject, Module, Next, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { memoryStore, SessionMiddleware, SessionModule } from 'nest-session';
import { session } from 'nest-session/express';
import { onTestFinished } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { listen } from './express-app.js';

/** An application on top of the sessions: middleware that wants them, and routes by `METHOD /path`. */
export interface Guest {
  readonly use: readonly RequestHandler[];
  readonly routes: Readonly<Record<string, RequestHandler>>;
  /** @default false */
  readonly saveUninitialized?: boolean;
}

/** Where such an application can live. */
export interface Host {
  readonly name: string;
  /** Of the session cookie. */
  readonly cookie: string;
  /** Starts it. It ends with the test. */
  start(guest: Guest): Promise<{ client: HttpClient; visitor(): HttpClient }>;
}

const onExpress: Host = {
  name: 'Express with nest-session/express',
  cookie: 'connect.sid',
  start(guest) {
    const app = express();
    app.use(express.json());
    const { saveUninitialized = false } = guest;
    app.use(session({ secret: 'guests', resave: false, saveUninitialized }));
    for (const middleware of guest.use) app.use(middleware);
    app.use((req, res, next) => dispatch(guest, req, res, next));
    return listen(app);
  },
};

const GUEST = Symbol('guest');

@Controller()
class GuestController {
  constructor(@Inject(GUEST) private readonly guest: Guest) {}

  @All('{*path}')
  any(@Req() req: Request, @Res() res: Response, @Next() next: NextFunction): void {
    dispatch(this.guest, req, res, next);
  }
}

const onNest: Host = {
  name: 'Nest with SessionModule',
  cookie: 'sid',
  async start(guest) {
    const { saveUninitialized = false } = guest;
    @Module({
      imports: [SessionModule.forRoot({ secret: 'guests', store: memoryStore(), saveUninitialized })],
      controllers: [GuestController],
      providers: [{ provide: GUEST, useValue: guest }],
    })
    class AppModule {}

    const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
    app.use(app.get(SessionMiddleware).use);
    for (const middleware of guest.use) app.use(middleware);
    await app.listen(0, '127.0.0.1');
    onTestFinished(() => app.close());
    const url = await app.getUrl();
    return { client: new HttpClient(url), visitor: () => new HttpClient(url) };
  },
};

export const hosts: readonly Host[] = [onExpress, onNest];

function dispatch(guest: Guest, req: Request, res: Response, next: NextFunction): void {
  const route = guest.routes[`${req.method} ${req.path}`];
  if (route) void route(req, res, next);
  else res.status(404).send('no such route');
}
