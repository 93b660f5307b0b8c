import type { ServerResponse } from 'node:http';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Post,
  Query,
  Res,
  Session,
  type INestApplication,
} from '@nestjs/common';
import {
  AuthGuard,
  NoRenew,
  Public,
  SessionEvents,
  SessionModule,
  SessionService,
  type LoginOptions,
  type SessionModuleOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import { Turnstile } from '../support/session-app.js';
import { HttpClient } from '../support/http-client.js';
import { rememberErrors, startApp, type Platform } from '../support/nest-app.js';
import { recordEvents, type RecordedEvent } from '../support/record-events.js';

type Values = SessionObject & Record<string, unknown>;

/** Who logs in. */
export interface DeadlineUser extends SessionUser {
  readonly tenant?: string;
}

@Controller()
class DeadlineController {
  constructor(
    private readonly sessions: SessionService,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() { user, options }: { user: DeadlineUser; options?: LoginOptions }) {
    await this.sessions.login(user, options);
    return this.sessions.remaining();
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate() {
    await this.sessions.regenerate();
    return {};
  }

  @Public()
  @Get('untouched')
  untouched() {
    return {};
  }

  @Get('read')
  async read(@Session() session: Values, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    const { cookie: _, ...values } = session;
    return { ...values, info: this.sessions.info };
  }

  @Public()
  @Post('write')
  @HttpCode(200)
  async write(@Session() session: Values, @Body() body: Record<string, unknown>, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    Object.assign(session, body);
    return {};
  }

  @Post('save')
  @HttpCode(200)
  async save(@Session() session: Values) {
    session['saved'] = true;
    await this.sessions.save();
    return {};
  }

  @Post('count')
  @HttpCode(200)
  async count() {
    return { n: await this.sessions.update((values) => (values['n'] = Number(values['n'] ?? 0) + 1)) };
  }

  @NoRenew()
  @Get('poll')
  poll() {
    return this.sessions.remaining();
  }

  @NoRenew()
  @Post('poll-and-write')
  @HttpCode(200)
  pollAndWrite(@Session() session: Values, @Body() body: Record<string, unknown>) {
    Object.assign(session, body);
    return {};
  }

  @Get('stream')
  async stream(@Res() res: ServerResponse | { raw: ServerResponse; hijack(): void }, @Session() session: Values) {
    if ('hijack' in res) res.hijack();
    const raw = 'raw' in res ? res.raw : res;
    raw.writeHead(200, { 'Content-Type': 'text/plain' });
    raw.write('first;');
    await this.turnstile.pass('stream');
    session['streamed'] = true;
    raw.write('second;');
    raw.end('last');
  }
}

export interface DeadlineApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly events: RecordedEvent[];
  readonly errors: unknown[];
  readonly turnstile: Turnstile;
  client(): HttpClient;
  /** A browser in which somebody has logged in. */
  login(options?: LoginOptions, user?: DeadlineUser): Promise<HttpClient>;
  close(): Promise<void>;
}

/** An application about deadlines on a free port. */
export async function startDeadlineApp(platform: Platform, options: SessionModuleOptions): Promise<DeadlineApp> {
  const turnstile = new Turnstile();

  @Module({
    imports: [
      SessionModule.forRoot({ secret: 'a secret for tests that is long enough', ...options }),
      SessionExpiryModule.forRoot(),
    ],
    controllers: [DeadlineController],
    providers: [{ provide: Turnstile, useValue: turnstile }],
  })
  class AppModule {}

  const errors: unknown[] = [];
  const { app, url } = await startApp(platform, AppModule, (it) => {
    it.useGlobalGuards(new AuthGuard());
    it.useGlobalInterceptors(rememberErrors(errors));
  });
  const events = recordEvents(app.get(SessionEvents));
  return {
    app,
    url,
    events,
    errors,
    turnstile,
    client: () => new HttpClient(url),
    async login(loginOptions = {}, user = { id: 'u1' }) {
      const browser = new HttpClient(url);
      const response = await browser.post('/login', { user, options: loginOptions });
      if (response.status !== 200) throw new Error(`login answered ${response.status}: ${await response.text()}`);
      return browser;
    },
    close: () => app.close(),
  };
}

/** What a cookie's header says of its end, in milliseconds since the epoch; null for one that ends with the browser. */
export function endOf(lines: readonly string[], now: number, name = 'sid'): { maxAge: number; expires: number } | null {
  const line = lines.find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error('There is no cookie.');
  const maxAge = /Max-Age=(\d+)/.exec(line)?.[1];
  const expires = /Expires=([^;]+)/.exec(line)?.[1];
  if (maxAge === undefined || expires === undefined) {
    if (maxAge ?? expires) throw new Error(`A cookie ends in one way and not in the other: ${line}`);
    return null;
  }
  return { maxAge: now + Number(maxAge) * 1000, expires: Date.parse(expires) };
}
