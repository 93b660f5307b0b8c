import { expect, it } from 'vitest';
import { WrittenOrder } from './written-order.js';

const ordered = (...keys: string[]): WrittenOrder<string> => {
  const order = new WrittenOrder<string>();
  for (const key of keys) order.add(key, key.toUpperCase());
  return order;
};

it('gives what was written longest ago', () => {
  const order = ordered('a', 'b', 'c');
  order.delete('a');
  order.add('a', 'again');
  expect([order.takeOldest(), order.takeOldest(), order.takeOldest()]).toEqual(['B', 'C', 'again']);
  expect(order.size).toBe(0);
});

it('goes on after it was empty', () => {
  const order = ordered();
  expect(order.takeOldest()).toBeUndefined();
  order.add('a', 'A');
  expect(order.takeOldest()).toBe('A');
});

it('gives each value once, however it is released in between', () => {
  const order = ordered('a', 'b');
  expect(order.takeOldest()).toBe('A');
  order.release();
  expect([order.takeOldest(), order.takeOldest()]).toEqual(['B', undefined]);
});
