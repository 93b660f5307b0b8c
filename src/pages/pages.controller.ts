import { Controller, Get, Header, Query, Render } from '@nestjs/common';
import { CurrentUser, Public, safeReturnTo, Session, SessionService, type SessionUser } from 'nest-session';
import type { CartItem } from '../cart/cart.js';
import { catalogue, nameOf } from '../cart/catalogue.js';
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
  login(@Query('returnTo') returnTo: unknown): object {
    return { ...this.models.shared('Sign in'), returnTo: safeReturnTo(returnTo, '') };
  }

  @Get('dashboard')
  @Render('dashboard')
  dashboard(@CurrentUser() user: SessionUser): object {
    const { handle, authenticatedAt, createdAt } = this.sessions.info;
    const since = describeMoment(authenticatedAt ?? createdAt);
    return { ...this.models.shared('Dashboard', 'account'), roles: (user.roles ?? []).join(', '), handle, since };
  }
}
