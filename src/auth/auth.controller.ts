import { Body, Controller, Get, HttpCode, Post, Req, Res, UnauthorizedException, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CurrentUser, Public, safeReturnTo, SessionService, type SessionUser } from 'nest-session';
import { isForm, seeOther } from '../http/forms.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { parseCredentials } from './credentials.js';
import { LoginPageFilter } from './login-page.filter.js';
import { describeSession, type SessionFacts } from './session-facts.js';

const REMEMBER_FOR = '14d';

@Controller('auth')
export class AuthController {
  constructor(
    private readonly sessions: SessionService,
    private readonly users: UsersService,
  ) {}

  @Public()
  @Post('login')
  @HttpCode(200)
  @UseFilters(LoginPageFilter)
  async login(
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ user: User } | undefined> {
    const { username, password, remember, returnTo } = parseCredentials(body);
    const user = await this.users.verify(username, password);
    if (!user) throw new UnauthorizedException('The username or the password is wrong.');
    // What the visitor put into the cart stays there; everything else of the anonymous session is dropped.
    await this.sessions.login(user, { keep: ['cart'], remember: remember ? REMEMBER_FOR : undefined });
    if (!isForm(request)) return { user };
    seeOther(response, safeReturnTo(returnTo, '/dashboard'));
    return undefined;
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser): { user: SessionUser; session: SessionFacts } {
    return { user, session: describeSession(this.sessions.info) };
  }

  /** Public, so that signing out twice, or after the session has ended, is no error. */
  @Public()
  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.logout();
    if (isForm(request)) seeOther(response, '/login');
  }
}
