import { BadRequestException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { withItem, type CartItem } from './cart.js';
import { parseCartItem } from './cart-item.js';

it('adds to a cart without changing it', () => {
  const cart: readonly CartItem[] = Object.freeze([{ sku: 'a', quantity: 1 }]);
  expect(withItem(cart, { sku: 'b', quantity: 2 })).toEqual([...cart, { sku: 'b', quantity: 2 }]);
  expect(withItem(cart, { sku: 'a', quantity: 98 })).toEqual([{ sku: 'a', quantity: 99 }]);
});

it('takes so much and no more', () => {
  const full = Array.from({ length: 50 }, (_, index) => ({ sku: `${index}`, quantity: 99 }));
  expect(() => withItem(full, { sku: 'new', quantity: 1 })).toThrow('up to 50 items');
  expect(() => withItem(full, { sku: '7', quantity: 1 })).toThrow('up to 99 of an item');
});

it('reads numbers as text from forms only', () => {
  expect(parseCartItem({ sku: 'a', quantity: '7' }, true)).toEqual({ sku: 'a', quantity: 7 });
  expect(() => parseCartItem({ sku: 'a', quantity: '7' }, false)).toThrow(BadRequestException);
  expect(parseCartItem({ sku: 'a', quantity: 7, price: 0 }, false)).toEqual({ sku: 'a', quantity: 7 });
});

it.each(['0', '100', '-1', '1.5', '1e1', '', ' 1', ['1']])('refuses the quantity %j of a form', (quantity) => {
  expect(() => parseCartItem({ sku: 'a', quantity }, true)).toThrow(BadRequestException);
});
