import { Body, Controller, Get, HttpCode, Post, Query, Session as CommonSession, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  Public,
  Roles,
  RolesGuard,
  Session,
  SessionService,
  type LoginOptions,
  type SessionObject,
  type SessionUser,
} from 'nest-session';

type Values = SessionObject & Record<string, unknown>;

/** The user by id and roles or as a whole, what the login asks for, and what the new session is to hold. */
interface LoginBody extends Pick<LoginOptions, 'keep' | 'remember' | 'aal'> {
  readonly id?: string;
  readonly roles?: readonly string[];
  readonly user?: SessionUser;
  readonly options?: LoginOptions;
  readonly version?: LoginOptions['authVersion'];
}

/** Logging in and out, and who is logged in. */
/** The sample declares more of its users than these tests give them. */
function userOf(id: string, roles?: readonly string[]): SessionUser {
  const user: unknown = { id, ...(roles && { roles: [...roles] }) };
  return user as SessionUser;
}

@Controller()
export class LoginRoutes {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() { id, roles = [], options, keep, remember, aal, version, user, ...values }: LoginBody) {
    if (id === undefined) {
      await this.sessions.login(user as SessionUser, options);
    } else {
      const asked = { keep, remember, aal, authVersion: version };
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      await this.sessions.login(
        { ...userOf(id, roles), ...user },
        { ...(Object.fromEntries(given) as LoginOptions), ...options },
      );
      if (Object.keys(values).length > 0) Object.assign(this.sessions.current, values);
    }
    return this.sessions.info;
  }

  @Public()
  @Get('login')
  async loginByGet(@Query('allow') allow?: string) {
    await this.sessions.login(userOf('u1'), { allowSafeMethod: allow === 'yes' });
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
    await this.sessions.login(userOf('u1'));
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
    return this.sessions.info;
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser, @Session() session: Values, @CommonSession() common: unknown) {
    const { current, info } = this.sessions;
    return { user, info, note: session['note'], same: session === common && session === current };
  }

  @Roles('admin')
  @UseGuards(RolesGuard)
  @Get('admin')
  admin() {
    return { admin: true };
  }
}
