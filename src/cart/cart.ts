import { BadRequestException } from '@nestjs/common';

export interface CartItem {
  readonly sku: string;
  readonly quantity: number;
}

const MAX_QUANTITY = 99;
const MAX_ITEMS = 50;

/**
 * The cart with some more of an item. Changes nothing: it may run again on a cart that another request has filled.
 * @throws `BadRequestException` if it holds no more
 */
export function withItem(cart: readonly CartItem[], { sku, quantity }: CartItem): CartItem[] {
  const before = cart.find((item) => item.sku === sku);
  const total = (before?.quantity ?? 0) + quantity;
  if (total > MAX_QUANTITY) throw new BadRequestException(`Your cart can hold up to ${MAX_QUANTITY} of an item.`);
  if (!before && cart.length >= MAX_ITEMS)
    throw new BadRequestException(`Your cart can hold up to ${MAX_ITEMS} items.`);
  return before
    ? cart.map((item) => (item === before ? { sku, quantity: total } : item))
    : [...cart, { sku, quantity: total }];
}
