import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

const sizeOf = (map: BoundedMap<number, number>, keys: number): number =>
  Array.from({ length: keys }, (_, key) => map.get(key)).filter((value) => value !== undefined).length;

it('remembers the last half for certain, and never more than all of it', () => {
  const map = new BoundedMap<number, number>(10);
  for (let key = 0; key < 1000; key++) {
    map.set(key, key);
    for (let back = 0; back < 5 && back <= key; back++) expect(map.get(key - back)).toBe(key - back);
  }
  expect(sizeOf(map, 1000)).toBeLessThanOrEqual(10);
});

it('keeps what is asked for again and again', () => {
  const map = new BoundedMap<number, number>(10);
  map.set(-1, 7);
  for (let key = 0; key < 1000; key++) {
    map.set(key, key);
    expect(map.get(-1)).toBe(7);
  }
});

it('gives what was set last or nothing, and nothing that was deleted', () => {
  const operation = fc.oneof(
    fc.record({ set: fc.nat(20), value: fc.nat() }),
    fc.record({ delete: fc.nat(20) }),
    fc.record({ get: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(operation, { maxLength: 80 }), (most, operations) => {
      const map = new BoundedMap<number, number>(most);
      const wrong: unknown[] = [];
      const model = new Map<number, number>();
      for (const step of operations) {
        if ('set' in step) {
          map.set(step.set, step.value);
          model.set(step.set, step.value);
        } else if ('delete' in step) {
          map.delete(step.delete);
          model.delete(step.delete);
        } else {
          const got = map.get(step.get);
          if (got !== undefined && got !== model.get(step.get)) wrong.push(step);
        }
      }
      expect(wrong).toEqual([]);
      expect(map.size).toBeLessThanOrEqual(Math.max(2, most));
    }),
  );
});

it('forgets all of it', () => {
  const map = new BoundedMap<number, number>(10);
  for (let key = 0; key < 20; key++) map.set(key, key);
  map.clear();
  expect(sizeOf(map, 20)).toBe(0);
});
