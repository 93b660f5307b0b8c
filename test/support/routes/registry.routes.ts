import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  CurrentUser,
  Public,
  Session,
  SessionRegistry,
  SessionService,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { commonRoutes, type TestAppSetup } from '../test-app.js';
import { Turnstile } from '../turnstile.js';
import { ImpersonationRoutes } from './impersonation.routes.js';

type Values = SessionObject & Record<string, unknown>;

/** Routes that list and end sessions, and routes that change whose a session is. */
@Controller()
class RegistryRoutes {
  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Post('abandon')
  @HttpCode(200)
  async abandon(@Session() session: Values) {
    await session.regenerate();
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

/** An application whose routes use the registry. */
export const aboutTheRegistry: TestAppSetup = {
  controllers: [...commonRoutes, RegistryRoutes, ImpersonationRoutes],
};
