import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Post,
  Query,
  Redirect,
  Session as CommonSession,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import {
  AuthGuard,
  CurrentUser,
  NoSession,
  Public,
  Roles,
  RolesGuard,
  Session,
  SessionEvents,
  SessionLock,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { HttpClient } from './http-client.js';
import { rememberErrors, startApp, type Platform } from './nest-app.js';
import { recordEvents, type RecordedEvent } from './record-events.js';

type Values = SessionObject & Record<string, unknown>;

const valuesOf = ({ cookie: _cookie, ...values }: Values, user: unknown = values.user) => ({ ...values, user });

/** Requests wait here until a test lets them go on. */
export class Turnstile {
  private readonly waiting = new Map<string, () => void>();
  private readonly arrivals = new Map<string, () => void>();

  pass(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(name, resolve);
      this.arrivals.get(name)?.();
    });
  }

  async arrived(name: string): Promise<void> {
    if (!this.waiting.has(name)) await new Promise<void>((resolve) => this.arrivals.set(name, resolve));
  }

  release(name: string): void {
    this.waiting.get(name)?.();
    this.waiting.delete(name);
  }
}

@Controller()
class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Get('anonymous')
  anonymous() {
    return { hello: 'world' };
  }

  @NoSession()
  @Public()
  @Get('health/:part')
  health() {
    return { status: 'ok' };
  }

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: { id: string; roles?: string[]; keep?: string[]; remember?: '14d' }) {
    const { id, roles = [], keep = [], remember } = body;
    await this.sessions.login({ id, roles }, { keep, remember });
    return { info: this.sessions.info };
  }

  @Public()
  @Get('login')
  async loginByGet(@Query('allow') allow?: string) {
    await this.sessions.login({ id: 'u1' }, { allowSafeMethod: allow === 'yes' });
    return {};
  }

  @Public()
  @Post('login-nobody')
  async loginNobody() {
    await this.sessions.login({} as SessionUser);
  }

  @Public()
  @Post('login-then-throw')
  async loginThenThrow() {
    await this.sessions.login({ id: 'u1' });
    throw new Error('after login');
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Post('destroy')
  @HttpCode(204)
  destroy() {
    return this.sessions.destroy();
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate() {
    await this.sessions.regenerate();
    return { info: this.sessions.info };
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser, @Session() session: SessionObject, @CommonSession() common: unknown) {
    const { current, info } = this.sessions;
    return { user, info, same: session === common && session === current };
  }

  @Roles('admin')
  @UseGuards(RolesGuard)
  @Get('admin')
  admin() {
    return { admin: true };
  }

  @Public()
  @Get('values')
  values(@Session() session: Values, @Session('user') user: unknown) {
    return valuesOf(session, user);
  }

  @Public()
  @Post('values')
  @HttpCode(200)
  async setValues(@Session() session: Values, @Body() body: Record<string, unknown>, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    for (const [key, value] of Object.entries(body)) {
      if (value === null) delete session[key];
      else session[key] = value;
    }
    return {};
  }

  @Public()
  @Post('push')
  @HttpCode(200)
  push(@Session() session: Values, @Query('n') n: string) {
    const basket = (session['basket'] ??= { items: [] }) as { items: string[] };
    basket.items.push(n);
    return basket;
  }

  @Public()
  @Post('count')
  @HttpCode(200)
  async count() {
    return { n: await this.sessions.update((values) => (values['n'] = Number(values['n'] ?? 0) + 1)) };
  }

  @Public()
  @SessionLock({ wait: '300ms' })
  @Post('locked')
  @HttpCode(200)
  async locked(@Session() session: Values, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    session['n'] = Number(session['n'] ?? 0) + 1;
    return { n: session['n'] };
  }

  @Public()
  @Get('slow')
  async slow(@Query('wait') wait: string) {
    await this.turnstile.pass(wait);
    return {};
  }

  @Public()
  @Post('save-redirect')
  @Redirect('/values', 303)
  saveRedirect(@Session() session: Values) {
    session['saved'] = true;
  }

  @Public()
  @Post('save-now')
  @HttpCode(200)
  async saveNow(@Session() session: Values) {
    session['now'] = 1;
    await this.sessions.save();
    session['later'] = 2;
    return {};
  }

  @Public()
  @Post('reload')
  @HttpCode(200)
  async reload(@Session() session: Values) {
    session['unsaved'] = true;
    await this.sessions.reload();
    return valuesOf(this.sessions.current as Values);
  }
}

export interface SessionApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly events: RecordedEvent[];
  /** What handlers and interceptors threw. */
  readonly errors: unknown[];
  readonly turnstile: Turnstile;
  readonly sessions: SessionService;
  client(): HttpClient;
  login(id?: string, extra?: object): Promise<HttpClient>;
  close(): Promise<void>;
}

/** Starts an application with every feature on a free port. */
export async function startSessionApp(platform: Platform, options: SessionModuleOptions): Promise<SessionApp> {
  const turnstile = new Turnstile();

  @Module({
    imports: [SessionModule.forRoot({ secret: 'a secret for tests that is long enough', ...options })],
    controllers: [SessionController],
    providers: [{ provide: Turnstile, useValue: turnstile }],
  })
  class AppModule {}

  const errors: unknown[] = [];
  const { app, url } = await startApp(platform, AppModule, (it) => {
    it.useGlobalGuards(new AuthGuard({ redirectTo: '/login' }));
    it.useGlobalInterceptors(rememberErrors(errors));
  });
  const events = recordEvents(app.get(SessionEvents));
  const client = () => new HttpClient(url);
  return {
    app,
    url,
    events,
    errors,
    turnstile,
    sessions: app.get(SessionService),
    client,
    async login(id = 'u1', extra = {}) {
      const browser = client();
      const response = await browser.post('/login', { id, ...extra });
      if (response.status !== 200) throw new Error(`login answered ${response.status}: ${await response.text()}`);
      return browser;
    },
    close: () => app.close(),
  };
}
