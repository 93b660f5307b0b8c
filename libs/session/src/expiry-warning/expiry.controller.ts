import { Controller, Get, Header, HttpCode, Inject, Post, UseGuards, type Type } from '@nestjs/common';
import { NoRenew } from '../decorators/no-renew.decorator.js';
import { NoSession } from '../decorators/no-session.decorator.js';
import { Public } from '../decorators/public.decorator.js';
import { SignInRequiredError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import type { SessionRemaining } from '../request/request-session.js';
import { SameOriginGuard } from '../guards/same-origin.guard.js';
import { SessionService } from '../services/session.service.js';
import { EXPIRY_SCRIPT } from './expiry-script.js';

/** The controller at a path of the application's choice. */
export function expiryController(path: string): Type<unknown> {
  // Public, so that requests without a session get its own 401, and not a redirect to the login page.
  @Public()
  @NoRenew()
  @Controller(path)
  class SessionExpiryController {
    constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

    @Get()
    @Header('Cache-Control', 'no-store')
    async remaining(): Promise<SessionRemaining> {
      return known(await this.sessions.remaining());
    }

    @Post()
    @UseGuards(SameOriginGuard)
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async extend(): Promise<SessionRemaining> {
      known(await this.sessions.remaining());
      return known(await this.sessions.extend());
    }

    @NoSession()
    @Get('script.js')
    @Header('Content-Type', 'text/javascript; charset=utf-8')
    @Header('Cache-Control', 'public, max-age=3600')
    @Header('X-Content-Type-Options', 'nosniff')
    script(): string {
      return EXPIRY_SCRIPT;
    }
  }
  return SessionExpiryController;
}

function known(remaining: SessionRemaining | undefined): SessionRemaining {
  if (!remaining) throw new SessionException(new SignInRequiredError('There is no session.'));
  return remaining;
}
