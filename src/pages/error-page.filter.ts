import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { Request, Response } from 'express';
import { wantsPage } from '../http/forms.js';

const EXPLANATIONS: Readonly<Record<number, string>> = {
  403: 'You do not have permission to see this page.',
  404: 'This page does not exist.',
  503: 'We cannot reach your session at the moment. Please try again in a little while.',
};

/** Shows errors to people as a page, and to programs as JSON. */
@Catch(HttpException)
export class ErrorPageFilter extends BaseExceptionFilter<HttpException> {
  override catch(exception: HttpException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const status = exception.getStatus();
    if (status < 400 || !wantsPage(http.getRequest<Request>())) return super.catch(exception, host);
    const response = http.getResponse<Response>();
    response.status(status).setHeader('Cache-Control', 'no-store');
    response.render('error', {
      // Nothing about who is signed in: the session itself may be what failed.
      bare: true,
      title: STATUS_CODES[status] ?? 'Something went wrong',
      explanation: EXPLANATIONS[status] ?? 'Sorry, that did not work. Please go back and try again.',
    });
  }
}
