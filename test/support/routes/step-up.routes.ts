import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  AuthGuard,
  CurrentUser,
  Public,
  RequireAal,
  RequireRecentLogin,
  Session,
  SessionService,
  StepUpGuard,
  type AssuranceLevel,
  type Duration,
  type IdpSessionOptions,
  type SessionObject,
  type SessionUser,
  type StepUpGuardOptions,
} from 'nest-session';
import { commonRoutes, type TestAppSetup } from '../test-app.js';
import { ImpersonationRoutes } from './impersonation.routes.js';
import { SingleUseRoutes } from './single-use.routes.js';

type Values = SessionObject & Record<string, unknown>;

/** What the route that changes a user does. */
export const changes = { apply: (): void => undefined };

/** Everything that changes how well it is known who uses a session. */
@Controller()
class StepUpRoutes {
  constructor(private readonly sessions: SessionService) {}

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
  @Post('idp')
  @HttpCode(200)
  async idp(@Body() body: { login?: string } & IdpSessionOptions) {
    const { login, ...idp } = body;
    if (login !== undefined) await this.sessions.login({ id: login });
    await this.sessions.bindIdp(idp);
    return this.sessions.info;
  }
}

/** An application about how well it is known who uses a session. */
export const aboutStepUp = (guard: StepUpGuardOptions = {}): TestAppSetup => ({
  controllers: [...commonRoutes, StepUpRoutes, ImpersonationRoutes, SingleUseRoutes],
  guards: [new AuthGuard(), new StepUpGuard(guard)],
});
