import { Body, Controller, Delete, Get, HttpCode, Module, Param, Post } from '@nestjs/common';
import type { Express } from 'express';
import {
  AuthGuard,
  CurrentUser,
  Public,
  Session,
  SessionEvents,
  SessionModule,
  SessionRegistry,
  SessionService,
  type SessionModuleOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { Turnstile } from '../support/session-app.js';
import { HttpClient } from '../support/http-client.js';
import { startApp, type Platform } from '../support/nest-app.js';
import { recordEvents, type RecordedEvent } from '../support/record-events.js';

type Values = SessionObject & Record<string, unknown>;

@Controller()
class RegistryController {
  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() { id, roles = [], ...values }: { id: string; roles?: string[] }) {
    await this.sessions.login({ id, roles });
    Object.assign(this.sessions.current, values);
    return this.sessions.info;
  }

  /** As Passport does: no new id. */
  @Public()
  @Post('assign')
  @HttpCode(200)
  assign(@Session() session: Values, @Body() body: { id: string }) {
    session.user = { id: body.id };
    return {};
  }

  @Public()
  @Post('note')
  @HttpCode(200)
  note(@Session() session: Values, @Body() body: Record<string, unknown>) {
    Object.assign(session, body);
    return {};
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Public()
  @Post('abandon')
  @HttpCode(200)
  async abandon(@Session() session: Values) {
    await session.regenerate();
    return {};
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate() {
    await this.sessions.regenerate();
    return this.sessions.info;
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser, @Session() session: Values) {
    return { user, info: this.sessions.info, note: session['note'] };
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }

  @Get('sessions')
  list(@CurrentUser() user: SessionUser) {
    return this.registry.list(user.id);
  }

  @Delete('sessions/:handle')
  async end(@Param('handle') handle: string) {
    return { ended: await this.registry.revoke(handle) };
  }

  @Delete('sessions')
  async endOthers() {
    return { ended: await this.registry.revokeOthers() };
  }

  @Post('impersonate')
  @HttpCode(200)
  async impersonate(@Body() body: { id: string }) {
    await this.sessions.impersonate(body);
    return {};
  }

  @Post('stop')
  @HttpCode(200)
  async stop() {
    await this.sessions.stopImpersonating();
    return {};
  }

  @Post('slow')
  @HttpCode(200)
  async slow(@Session() session: Values, @Body() body: Record<string, unknown>) {
    Object.assign(session, body);
    await this.turnstile.pass('slow');
    return {};
  }

  /** As after a change of password. */
  @Post('secure')
  @HttpCode(200)
  async secure(@Session() session: Values) {
    const ended = await this.registry.revokeOthers();
    session['note'] = 'secured';
    await this.sessions.regenerate();
    return { ended };
  }
}

export interface RegistryApp {
  readonly url: string;
  readonly events: RecordedEvent[];
  readonly registry: SessionRegistry;
  readonly turnstile: Turnstile;
  client(userAgent?: string): HttpClient;
  /** A browser in which the user is logged in. @throws if he is refused */
  login(id?: string, values?: object, userAgent?: string): Promise<HttpClient>;
  close(): Promise<void>;
}

/** A browser that calls itself something. */
class NamedClient extends HttpClient {
  constructor(
    url: string,
    private readonly userAgent: string | undefined,
  ) {
    super(url);
  }

  override request(...[method, path, init = {}]: Parameters<HttpClient['request']>): Promise<Response> {
    const headers = { ...(this.userAgent !== undefined && { 'user-agent': this.userAgent }), ...init.headers };
    return super.request(method, path, { ...init, headers });
  }
}

/** Starts an application whose routes use the registry, on a free port. */
export async function startRegistryApp(
  platform: Platform,
  options: SessionModuleOptions,
  trustProxy = false,
): Promise<RegistryApp> {
  const turnstile = new Turnstile();

  @Module({
    imports: [SessionModule.forRoot({ secret: 'a secret for tests that is long enough', ...options })],
    controllers: [RegistryController],
    providers: [{ provide: Turnstile, useValue: turnstile }],
  })
  class AppModule {}

  const { app, url } = await startApp(platform, AppModule, (it) => {
    if (trustProxy) (it.getHttpAdapter().getInstance() as Express).set('trust proxy', 1);
    it.useGlobalGuards(new AuthGuard({ redirectTo: '/login' }));
  });
  const events = recordEvents(app.get(SessionEvents));
  const client = (userAgent?: string) => new NamedClient(url, userAgent);
  return {
    url,
    events,
    registry: app.get(SessionRegistry),
    turnstile,
    client,
    async login(id, values, userAgent) {
      const browser = client(userAgent);
      const response = await browser.post('/login', { id: id ?? 'u1', ...values });
      if (response.status !== 200) throw new Error(`login answered ${response.status}: ${await response.text()}`);
      return browser;
    },
    close: () => app.close(),
  };
}
