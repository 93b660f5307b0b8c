import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Body,
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Injectable,
  Param,
  Post,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type MessageEvent,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import type { Response } from 'express';
import { EMPTY, Observable, of, tap, throwError } from 'rxjs';
import { Session, SessionEvents, SessionService, type SessionModuleOptions, type SessionObject } from 'nest-session';
import { ControlledStore } from '../controlled-store.js';
import type { Platform } from '../nest-app.js';
import { RawClient } from '../raw-client.js';
import { startTestApp, type TestApp, type TestAppSetup } from '../test-app.js';

type Values = SessionObject & Record<string, unknown>;

/** Answers in a shape of its own, and changes the session while it does. */
@Catch()
export class ShapingFilter implements ExceptionFilter {
  constructor(private readonly sessions: SessionService) {}

  catch(error: Error & { getStatus?: () => number }, host: ArgumentsHost): void {
    const status = error.getStatus?.() ?? 500;
    if (status !== 503) (this.sessions.current as Values)['filter'] = true;
    const reply = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): unknown } }>();
    reply.status(status).send({ shaped: error.message });
  }
}

const mark = (sessions: SessionService, where: string): void => void ((sessions.current as Values)[where] = true);

@Injectable()
class MarkingGuard implements CanActivate {
  constructor(private readonly sessions: SessionService) {}
  canActivate(): boolean {
    mark(this.sessions, 'guard');
    return true;
  }
}

@Injectable()
class MarkingInterceptor implements NestInterceptor {
  constructor(private readonly sessions: SessionService) {}
  intercept(_context: unknown, next: { handle(): Observable<unknown> }): Observable<unknown> {
    mark(this.sessions, 'interceptor');
    return next.handle().pipe(tap(() => mark(this.sessions, 'afterwards')));
  }
}

@Injectable()
class MarkingPipe implements PipeTransform {
  constructor(private readonly sessions: SessionService) {}
  transform(value: unknown): unknown {
    mark(this.sessions, 'pipe');
    return value;
  }
}

@Controller()
class AnswersController {
  constructor(private readonly sessions: SessionService) {}

  @Get('json')
  json(@Session() session: Values) {
    return { n: this.count(session) };
  }

  @Get('redirect')
  @Redirect('/read', 303)
  redirect(@Session() session: Values) {
    this.count(session);
  }

  @Get('res-redirect')
  resRedirect(@Session() session: Values, @Res() res: Response) {
    this.count(session);
    // Fastify keeps the status that Nest has set.
    res.status(302).redirect('/read');
  }

  @Get('res-send')
  resSend(@Session() session: Values, @Res() res: Response) {
    this.count(session);
    res.send('sent');
  }

  @Get('res-raw')
  resRaw(@Session() session: Values, @Res() res: Response & { raw?: Response }) {
    this.count(session);
    (res.raw ?? res).end('raw');
  }

  @Get('passthrough')
  passthrough(
    @Session() session: Values,
    @Res({ passthrough: true }) res: { header(name: string, value: string): void },
  ) {
    this.count(session);
    res.header('Set-Cookie', 'app=1');
    return 'passed';
  }

  @Get('throw')
  throw(@Session() session: Values) {
    this.count(session);
    throw new ForbiddenException('no');
  }

  @UseFilters(ShapingFilter)
  @Get('shaped')
  shaped(@Session() session: Values) {
    this.count(session);
    throw new ForbiddenException('no');
  }

  @UseFilters(ShapingFilter)
  @Get('shaped-read')
  shapedRead(@Session() session: Values) {
    return { n: session['n'] };
  }

  @Get('file')
  @Header('Content-Type', 'text/plain')
  file(@Session() session: Values) {
    this.count(session);
    return new StreamableFile(Readable.from(['one ', 'two']));
  }

  @Get('generator')
  @Header('Content-Type', 'text/plain')
  generator(@Session() session: Values) {
    this.count(session);
    return (async function* () {
      yield 'one ';
      await sleep(1);
      yield 'two';
    })();
  }

  @Sse('events')
  events(@Session() session: Values): Observable<MessageEvent> {
    this.count(session);
    return of({ data: 'one' }, { data: 'two' });
  }

  @Sse('late-events')
  lateEvents(@Session() session: Values): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      subscriber.next({ data: 'one' });
      const timer = setTimeout(() => {
        session['late'] = true;
        subscriber.next({ data: 'two' });
      }, 20);
      return () => {
        clearTimeout(timer);
        session['torn'] = true;
      };
    });
  }

  @Sse('no-events')
  noEvents(@Session() session: Values): Observable<MessageEvent> {
    this.count(session);
    return session['n'] === 1 ? EMPTY : throwError(() => new Error('broken'));
  }

  @HttpCode(204)
  @Get('nothing')
  nothing(@Session() session: Values) {
    this.count(session);
  }

  @Get('send-then-throw')
  sendThenThrow(@Session() session: Values, @Res() res: Response) {
    this.count(session);
    res.send('first');
    throw new ForbiddenException('second');
  }

  @Post('login')
  async login(@Body() { id }: { id: string }) {
    await this.sessions.login({ id });
    return { ok: true };
  }

  @Post('login-then-throw')
  async loginThenThrow() {
    await this.sessions.login({ id: 'u1' });
    throw new ForbiddenException('after login');
  }

  @Get('read')
  read(@Session() session: Values) {
    const { cookie: _cookie, ...values } = session;
    return values;
  }

  @Get('anonymous')
  anonymous() {
    return 'hello';
  }

  @Get('user/:id')
  withParameter(@Param('id') id: string) {
    mark(this.sessions, `user${id}`);
    return id;
  }

  @UseGuards(MarkingGuard)
  @UseInterceptors(MarkingInterceptor)
  @UsePipes(MarkingPipe)
  @UseFilters(ShapingFilter)
  @Post('everywhere')
  everywhere(@Body() body: { fail?: boolean }) {
    mark(this.sessions, 'handler');
    if (body.fail) throw new ForbiddenException('no');
    return this.sessions.current;
  }

  /** Works on in every way that Node has, and says whether the session was still there. */
  @Post('context')
  async context(@Body() _body: unknown, @Session() session: Values) {
    const same = (): boolean => (this.sessions.current as unknown) === session;
    const seen: Record<string, boolean> = { handler: same() };
    await sleep(1);
    seen['await'] = same();
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        seen['setTimeout'] = same();
        setImmediate(() => {
          seen['setImmediate'] = same();
          process.nextTick(() => {
            seen['nextTick'] = same();
            queueMicrotask(() => {
              seen['microtask'] = same();
              resolve();
            });
          });
        });
      }, 1);
    });
    for await (const chunk of Readable.from(['a', 'b'])) seen['stream'] = chunk !== undefined && same();
    await new Promise<void>((resolve) => {
      Readable.from(['a'])
        .on('data', () => (seen['data'] = same()))
        .on('end', resolve);
    });
    await new Promise<void>((resolve) => {
      session.save(() => {
        seen['callback'] = same();
        resolve();
      });
    });
    seen['bound'] = AsyncResource.bind(same)();
    mark(this.sessions, 'context');
    return seen;
  }

  @Get('secure-login')
  async secureLogin() {
    await this.sessions.login({ id: 'u1' }, { allowSafeMethod: true });
    return 'in';
  }

  private count(session: Values): number {
    return (session['n'] = Number(session['n'] ?? 0) + 1);
  }
}

export interface AnswersApp extends Omit<TestApp, 'events'> {
  readonly store: ControlledStore;
  readonly events: SessionEvents;
  raw(): RawClient;
}

export interface AnswersSetup extends Pick<TestAppSetup, 'session' | 'configure' | 'prepare'> {
  readonly options?: SessionModuleOptions;
}

/** Starts an application with every kind of answer, over a store that a test can hold up. */
export async function startAnswersApp(
  platform: Platform,
  { options, ...setup }: AnswersSetup = {},
): Promise<AnswersApp> {
  const store = new ControlledStore(options?.clock);
  const started = await startTestApp(
    platform,
    { store, ...options },
    {
      ...setup,
      controllers: [AnswersController],
      providers: [ShapingFilter, MarkingGuard, MarkingInterceptor, MarkingPipe],
      guards: [],
    },
  );
  const raws: RawClient[] = [];
  return {
    ...started,
    store,
    events: started.app.get(SessionEvents),
    raw: () => {
      const raw = new RawClient(started.url);
      raws.push(raw);
      return raw;
    },
    async close() {
      for (const raw of raws) raw.close();
      store.release();
      (started.app.getHttpServer() as { closeAllConnections(): void }).closeAllConnections();
      await started.close();
    },
  };
}
