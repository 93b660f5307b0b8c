import { Body, Controller, Get, HttpCode, Post, Query, Redirect } from '@nestjs/common';
import { NoSession, Public, Session, SessionLock, SessionService, type SessionObject } from 'nest-session';
import { Turnstile } from '../turnstile.js';

type Values = SessionObject & Record<string, unknown>;

const valuesOf = ({ cookie: _cookie, ...values }: Values, user: unknown = values.user) => ({ ...values, user });

/** Routes that read and change what a session holds, and routes that leave it alone. */
@Controller()
export class ValueRoutes {
  constructor(
    private readonly sessions: SessionService,
    private readonly turnstile: Turnstile,
  ) {}

  @Public()
  @Get('anonymous')
  anonymous() {
    return { hello: 'world' };
  }

  @NoSession()
  @Public()
  @Get('health/:part')
  health() {
    return { status: 'ok' };
  }

  @Public()
  @Get('values')
  values(@Session() session: Values, @Session('user') user: unknown) {
    return valuesOf(session, user);
  }

  /** Null deletes a value. */
  @Public()
  @Post('values')
  @HttpCode(200)
  async setValues(@Session() session: Values, @Body() body: Record<string, unknown>, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    for (const [key, value] of Object.entries(body)) {
      if (value === null) delete session[key];
      else session[key] = value;
    }
    return {};
  }

  @Public()
  @Post('push')
  @HttpCode(200)
  push(@Session() session: Values, @Query('n') n: string) {
    const basket = (session['basket'] ??= { items: [] }) as { items: string[] };
    basket.items.push(n);
    return basket;
  }

  @Public()
  @Post('count')
  @HttpCode(200)
  async count() {
    return { n: await this.sessions.update((values) => (values['n'] = Number(values['n'] ?? 0) + 1)) };
  }

  @Public()
  @SessionLock({ wait: '1500ms' })
  @Post('locked')
  @HttpCode(200)
  async locked(@Session() session: Values, @Query('wait') wait?: string) {
    if (wait) await this.turnstile.pass(wait);
    session['n'] = Number(session['n'] ?? 0) + 1;
    return { n: session['n'] };
  }

  @Public()
  @Get('slow')
  async slow(@Query('wait') wait: string) {
    await this.turnstile.pass(wait);
    return {};
  }

  @Public()
  @Post('save-redirect')
  @Redirect('/values', 303)
  saveRedirect(@Session() session: Values) {
    session['saved'] = true;
  }

  @Public()
  @Post('save-now')
  @HttpCode(200)
  async saveNow(@Session() session: Values) {
    session['now'] = 1;
    await this.sessions.save();
    session['later'] = 2;
    return {};
  }

  @Public()
  @Post('reload')
  @HttpCode(200)
  async reload(@Session() session: Values) {
    session['unsaved'] = true;
    await this.sessions.reload();
    return valuesOf(this.sessions.current as Values);
  }
}
