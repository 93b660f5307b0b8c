import { BadRequestException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { parseCredentials } from './credentials.js';

const good = { username: 'johnDoe', password: 'password123' };

it('takes JSON and forms', () => {
  expect(parseCredentials(good)).toEqual({ ...good, remember: false, returnTo: undefined });
  expect(parseCredentials({ ...good, remember: true })).toMatchObject({ remember: true });
  expect(parseCredentials({ ...good, remember: 'on', returnTo: '/a' })).toMatchObject({
    remember: true,
    returnTo: '/a',
  });
});

it.each([undefined, null, 'text', 7, [], {}, JSON.parse('{"__proto__":{"username":"a","password":"b"}}')])(
  'refuses %j',
  (body) => {
    expect(() => parseCredentials(body)).toThrow(BadRequestException);
  },
);

it.each([
  { remember: 'yes' },
  { remember: 1 },
  { returnTo: ['/'] },
  { username: 'a'.repeat(65) },
  { password: 'a'.repeat(257) },
])('refuses %j', (part) => {
  expect(() => parseCredentials({ ...good, ...part })).toThrow(BadRequestException);
});

it('tells every problem at once, and repeats no password', () => {
  const body = { username: 1, password: ['secret'], remember: 'x', returnTo: 2 };
  expect(() => parseCredentials(body)).toThrow(
    expect.objectContaining({
      response: expect.objectContaining({ message: expect.objectContaining({ length: 4 }) }),
    }),
  );
  expect(() => parseCredentials(body)).not.toThrow(/secret/);
});
