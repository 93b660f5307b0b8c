import { BadRequestException } from '@nestjs/common';
import { fieldsOf } from '../http/fields.js';
import type { CartItem } from './cart.js';

const SKU = /^[!-~]{1,40}$/;

/**
 * What to put into the cart.
 * @param isForm whether numbers come as text
 * @throws `BadRequestException` with every problem at once
 */
export function parseCartItem(body: unknown, isForm: boolean): CartItem {
  const field = fieldsOf(body);
  const sku = field('sku');
  const given = field('quantity');
  const quantity = isForm && typeof given === 'string' && /^\d{1,2}$/.test(given) ? Number(given) : given;
  const problems: string[] = [];
  if (typeof sku !== 'string' || !SKU.test(sku)) problems.push('sku must be 1 to 40 printable characters, no space.');
  if (!Number.isInteger(quantity) || Number(quantity) < 1 || Number(quantity) > 99) {
    problems.push('quantity must be a whole number from 1 to 99.');
  }
  if (problems.length > 0) throw new BadRequestException(problems);
  return { sku: sku as string, quantity: quantity as number };
}
