import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, it } from 'vitest';
import { inTransaction } from './sqlite-transaction.js';

let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE numbers (n INTEGER)');
});

const insert = (n: number): void => database.exec(`INSERT INTO numbers VALUES (${n})`);
const numbers = (): unknown[] =>
  database
    .prepare('SELECT n FROM numbers')
    .all()
    .map(({ n }) => n);
const fail = (): never => {
  throw new Error('in the middle');
};

it('keeps all and gives the result', () => {
  expect(inTransaction(database, () => (insert(1), insert(2), 'done'))).toBe('done');
  expect(numbers()).toEqual([1, 2]);
});

it('keeps nothing of what failed, and the next one begins', () => {
  expect(() => inTransaction(database, () => (insert(1), fail()))).toThrow('in the middle');
  inTransaction(database, () => insert(2));
  expect(numbers()).toEqual([2]);
});

it('tells the failure after which SQLite has rolled back by itself', () => {
  expect(() => inTransaction(database, () => (database.exec('ROLLBACK'), fail()))).toThrow('in the middle');
  inTransaction(database, () => insert(2));
  expect(numbers()).toEqual([2]);
});
