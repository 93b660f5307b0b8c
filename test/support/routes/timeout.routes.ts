import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Post, Query, Res, Session } from '@nestjs/common';
import { NoRenew, Public, SessionService, type SessionObject } from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import { commonRoutes, type TestAppSetup } from '../test-app.js';
import { Turnstile } from '../turnstile.js';

type Values = SessionObject & Record<string, unknown>;

/** Routes that renew a session, and routes that do not. */
@Controller()
class TimeoutRoutes {
  constructor(
    private readonly sessions: SessionService,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Get('untouched')
  untouched() {
    return {};
  }

  @Get('read')
  async read(@Session() session: Values, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    const { cookie: _, ...values } = session;
    return { ...values, info: this.sessions.info };
  }

  @Public()
  @Post('write')
  @HttpCode(200)
  async write(@Session() session: Values, @Body() body: Record<string, unknown>, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    Object.assign(session, body);
    return {};
  }

  @Post('save')
  @HttpCode(200)
  async save(@Session() session: Values) {
    session['saved'] = true;
    await this.sessions.save();
    return {};
  }

  @NoRenew()
  @Get('poll')
  poll() {
    return this.sessions.remaining();
  }

  @NoRenew()
  @Post('poll-and-write')
  @HttpCode(200)
  pollAndWrite(@Session() session: Values, @Body() body: Record<string, unknown>) {
    Object.assign(session, body);
    return {};
  }

  @Get('stream')
  async stream(@Res() res: ServerResponse | { raw: ServerResponse; hijack(): void }, @Session() session: Values) {
    if ('hijack' in res) res.hijack();
    const raw = 'raw' in res ? res.raw : res;
    raw.writeHead(200, { 'Content-Type': 'text/plain' });
    raw.write('first;');
    await this.turnstile.pass('stream');
    session['streamed'] = true;
    raw.write('second;');
    raw.end('last');
  }
}

/** An application about time, with the routes of SessionExpiryModule. */
export const aboutTime: TestAppSetup = {
  controllers: [...commonRoutes, TimeoutRoutes],
  imports: [SessionExpiryModule.forRoot()],
};
