import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  CurrentUser,
  Public,
  RequireAal,
  RequireRecentLogin,
  Session,
  SessionService,
  type AssuranceLevel,
  type Duration,
  type IdpSessionOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';

type Values = SessionObject & Record<string, unknown>;

/** What the route that changes a user does. */
export const changes = { apply: (): void => undefined };

/** Everything that changes how well it is known who uses a session. */
@Controller()
export class StepUpController {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: { id: string; roles?: string[]; aal?: AssuranceLevel; keep?: string[]; version?: string }) {
    const { id, roles = [], aal, keep = [], version } = body;
    await this.sessions.login(
      { id, roles },
      { keep, ...(aal !== undefined && { aal }), ...(version !== undefined && { authVersion: version }) },
    );
    return this.sessions.info;
  }

  @Public()
  @Post('begin')
  @HttpCode(200)
  async begin(@Body() body: { id: string; ttl?: Duration; keep?: string[] }) {
    const { id, ttl, keep = [] } = body;
    await this.sessions.beginLogin({ id }, { keep, ...(ttl !== undefined && { ttl }) });
    return { pending: this.sessions.pendingLogin };
  }

  @Public()
  @Post('complete')
  @HttpCode(200)
  async complete(@Body() body: { aal?: AssuranceLevel; keep?: string[] }) {
    return { user: await this.sessions.completeLogin(body), pending: this.sessions.pendingLogin ?? null };
  }

  @Public()
  @Get('complete')
  completeByLink() {
    return this.sessions.completeLogin();
  }

  @Public()
  @Get('state')
  state(@CurrentUser() user: SessionUser | undefined, @Session() session: Values) {
    const { cookie: _, ...values } = session;
    const { info, actor = null, pendingLogin = null } = this.sessions;
    return { user: user ?? null, values, info, actor, pending: pendingLogin };
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser) {
    return { user, info: this.sessions.info };
  }

  @Public()
  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Public()
  @Post('reauthenticate')
  @HttpCode(200)
  async reauthenticate(@Body() body: { aal?: AssuranceLevel }) {
    await this.sessions.reauthenticate(body);
    return this.sessions.info;
  }

  /** Something about the user changes, and he has proven himself for it. */
  @Post('change')
  @HttpCode(200)
  async change() {
    changes.apply();
    await this.sessions.reauthenticate();
    return {};
  }

  @Public()
  @Post('elevate')
  @HttpCode(200)
  async elevate(@Body() body: { aal: AssuranceLevel }) {
    await this.sessions.elevate(body);
    return this.sessions.info;
  }

  @Get('by-link')
  async byLink(@Query('what') what: 'reauthenticate' | 'stopImpersonating', @Query('allow') allow?: string) {
    await this.sessions[what]({ allowSafeMethod: allow === 'yes' });
    return {};
  }

  @RequireRecentLogin('10m')
  @Get('recent')
  recent() {
    return {};
  }

  @RequireRecentLogin('10m')
  @Post('recent')
  recentPost() {
    return {};
  }

  @RequireAal(2)
  @Get('aal2')
  aal2() {
    return {};
  }

  @RequireAal(2)
  @RequireRecentLogin('10m')
  @Get('both')
  both() {
    return {};
  }

  @Public()
  @RequireAal(2)
  @Get('open-aal2')
  openAal2() {
    return {};
  }

  @RequireAal(2, { allowImpersonated: true })
  @RequireRecentLogin('10m', { allowImpersonated: true })
  @Get('support')
  support() {
    return {};
  }

  @Public()
  @Post('impersonate')
  @HttpCode(200)
  async impersonate(@Body() body: { id: string; for?: Duration; reason?: string }) {
    const { id, ...options } = body;
    await this.sessions.impersonate({ id, roles: ['customer'] }, options);
    return this.sessions.info;
  }

  @Public()
  @Post('stop')
  @HttpCode(200)
  async stop() {
    return { stopped: await this.sessions.stopImpersonating() };
  }

  @Public()
  @Post('values')
  @HttpCode(200)
  values(@Session() session: Values, @Body() body: Record<string, unknown>) {
    Object.assign(session, body);
    return {};
  }

  @Public()
  @Post('idp')
  @HttpCode(200)
  async idp(@Body() body: { login?: string } & IdpSessionOptions) {
    const { login, ...idp } = body;
    if (login !== undefined) await this.sessions.login({ id: login });
    await this.sessions.bindIdp(idp);
    return this.sessions.info;
  }

  @Public()
  @Post('flash')
  @HttpCode(200)
  async addFlash(@Body() { type, message }: { type: string; message: string }) {
    await this.sessions.flash(type, message);
    return {};
  }

  @Public()
  @Get('flash')
  async flash(@Query('type') type?: string) {
    return type === undefined ? this.sessions.flash() : this.sessions.flash(type);
  }

  @Public()
  @Post('return-to')
  @HttpCode(200)
  async returnTo(@Body() { path }: { path: unknown }) {
    return { kept: await this.sessions.returnTo.set(path) };
  }

  @Public()
  @Get('return-to')
  async takeReturnTo() {
    return { path: await this.sessions.returnTo.take('/home') };
  }

  @Public()
  @Post('once')
  @HttpCode(200)
  async once(@Body() body: { key: string; ttl?: Duration; data?: unknown }) {
    const { key, ...options } = body;
    return { value: await this.sessions.once(key, options) };
  }

  @Public()
  @Post('once/take')
  @HttpCode(200)
  async takeOnce(@Body() { key, value }: { key: string; value: unknown }) {
    return { taken: (await this.sessions.takeOnce(key, value)) ?? null };
  }
}
