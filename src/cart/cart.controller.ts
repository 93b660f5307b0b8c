import { Body, Controller, Get, Header, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public, Session, SessionService } from 'nest-session';
import { isForm, seeOther } from '../http/forms.js';
import { withItem, type CartItem } from './cart.js';
import { parseCartItem } from './cart-item.js';

/** The visitor's cart: it needs no account. */
@Controller('cart')
@Public()
export class CartController {
  constructor(private readonly sessions: SessionService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  show(@Session('cart') items: CartItem[] | undefined): { items: CartItem[] } {
    return { items: items ?? [] };
  }

  @Post('items')
  async add(
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ items: CartItem[] } | undefined> {
    const item = parseCartItem(body, isForm(request));
    // Two clicks at once must both count, so the cart is read and written in one step.
    const items = await this.sessions.update((session) => (session.cart = withItem(session.cart ?? [], item)));
    if (!isForm(request)) return { items };
    seeOther(response, '/#cart');
    return undefined;
  }
}
