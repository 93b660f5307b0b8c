import { Body, Controller, Get, Header, Post, Query, Render, Req, Res, UnauthorizedException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CurrentUser, safeReturnTo, SessionService, type SessionUser } from 'nest-session';
import { fieldsOf } from '../http/fields.js';
import { isForm, refererPath, seeOther } from '../http/forms.js';
import { PageModels } from '../pages/page-models.service.js';
import { UsersService } from '../users/users.service.js';

const MAX_PASSWORD = 256;

/** Asks a signed-in user for the password again, before something sensitive. */
@Controller()
export class ConfirmController {
  constructor(
    private readonly models: PageModels,
    private readonly sessions: SessionService,
    private readonly users: UsersService,
  ) {}

  /** `StepUpGuard` sends browsers here. After a form the guard knows no page to return to, but the browser does. */
  @Get('confirm')
  @Header('Cache-Control', 'no-store')
  @Render('confirm')
  show(@Query('returnTo') returnTo: unknown, @Req() request: Request): object {
    return this.page(safeReturnTo(returnTo, refererPath(request)));
  }

  @Post('auth/confirm')
  async confirm(
    @Body() body: unknown,
    @CurrentUser() user: SessionUser,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const field = fieldsOf(body);
    const password = field('password');
    const returnTo = safeReturnTo(field('returnTo'), '/dashboard');
    const given = typeof password === 'string' && password.length <= MAX_PASSWORD ? password : '';
    if (await this.users.verify(user.username, given)) {
      await this.sessions.reauthenticate();
      if (isForm(request)) seeOther(response, returnTo);
      else response.status(204);
      response.end();
      return;
    }
    const problem = 'That is not your password. Please try again.';
    if (!isForm(request)) throw new UnauthorizedException(problem);
    response.status(401).setHeader('Cache-Control', 'no-store');
    response.render('confirm', { ...this.page(returnTo), problem });
  }

  private page(returnTo: string): object {
    return { ...this.models.shared('Confirm that it is you'), returnTo };
  }
}
