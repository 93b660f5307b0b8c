import {
  BadRequestException,
  Catch,
  UnauthorizedException,
  type ArgumentsHost,
  type ExceptionFilter,
  type HttpException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { safeReturnTo } from 'nest-session';
import { fieldsOf } from '../http/fields.js';
import { isForm } from '../http/forms.js';
import { PageModels } from '../pages/page-models.service.js';

/** Shows the login page again after a form was refused, filled in except for the password. */
@Catch(BadRequestException, UnauthorizedException)
export class LoginPageFilter implements ExceptionFilter<HttpException> {
  constructor(private readonly models: PageModels) {}

  catch(exception: HttpException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    response.status(exception.getStatus()).setHeader('Cache-Control', 'no-store');
    if (!isForm(request)) {
      response.json(exception.getResponse());
      return;
    }
    const field = fieldsOf(request.body);
    const username = field('username');
    response.render('login', {
      ...this.models.shared('Sign in'),
      problem:
        exception instanceof UnauthorizedException
          ? exception.message
          : 'Please enter your username and your password.',
      username: typeof username === 'string' ? username.slice(0, 64) : '',
      remember: field('remember') === 'on',
      returnTo: safeReturnTo(field('returnTo'), ''),
    });
  }
}
