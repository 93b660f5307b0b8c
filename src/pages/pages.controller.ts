import { Controller, Get, Header, Query, Render } from '@nestjs/common';
import { CurrentUser, Public, safeReturnTo, Session, SessionService, type SessionUser } from 'nest-session';
import type { CartItem } from '../cart/cart.js';
import { catalogue, nameOf } from '../cart/catalogue.js';
import { MAX_SESSIONS_PER_USER } from '../config/session-settings.service.js';
import { describeMoment } from './moments.js';
import { PageModels } from './page-models.service.js';

/** The pages: each shows who is signed in, so each belongs to one browser and to no cache. */
@Controller()
export class PagesController {
  constructor(
    private readonly models: PageModels,
    private readonly sessions: SessionService,
  ) {}

  @Public()
  @Get()
  @Header('Cache-Control', 'no-store')
  @Render('home')
  home(@Session('cart') cart: CartItem[] | undefined): object {
    const items = (cart ?? []).map((item) => ({ ...item, name: nameOf(item.sku) }));
    return { ...this.models.shared('Tea shop'), catalogue, items };
  }

  @Public()
  @Get('login')
  @Header('Cache-Control', 'no-store')
  @Render('login')
  login(@Query('returnTo') returnTo: unknown, @Query('reason') reason: unknown): object {
    const evicted = reason === 'evicted' && { most: MAX_SESSIONS_PER_USER };
    return { ...this.models.shared('Sign in'), returnTo: safeReturnTo(returnTo, ''), evicted };
  }

  @Get('dashboard')
  @Render('dashboard')
  async dashboard(@CurrentUser() user: SessionUser): Promise<object> {
    const { handle, authenticatedAt, createdAt } = this.sessions.info;
    const { idleExpiresAt, absoluteExpiresAt } = (await this.sessions.remaining()) ?? {};
    const [unused, latest] = [idleExpiresAt ?? Infinity, absoluteExpiresAt ?? Infinity];
    return {
      ...this.models.shared('Dashboard', 'account'),
      roles: (user.roles ?? []).join(', '),
      handle,
      since: describeMoment(authenticatedAt ?? createdAt),
      // Where the session ends before that anyway, it is no news.
      idle: unused < latest ? describeMoment(unused) : undefined,
      latest: latest === Infinity ? undefined : describeMoment(latest),
    };
  }
}
