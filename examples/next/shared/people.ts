import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Person } from './session-data.ts';

const derive = promisify<string, string, number, Buffer>(scrypt);
const LENGTH = 32;
const LONGEST_PASSWORD = 200;

interface Account extends Person {
  readonly salt: string;
  readonly hash: string;
}

// In place of a user database: user "ada", password "analytical engine".
const ACCOUNTS: readonly Account[] = [
  {
    id: 'ada',
    name: 'Ada Lovelace',
    salt: 'Y2gqjv4IwhLZgqfw',
    hash: 'C9uHpPeUQM71hdg1tfdElc6B3EP8VP0AwZiqDSJXT3M',
  },
];

/** Checks a name and a password. Unknown names take as long as wrong passwords, so that the time tells nothing. */
export async function findPerson(username: unknown, password: unknown): Promise<Person | null> {
  if (typeof username !== 'string' || typeof password !== 'string' || password.length > LONGEST_PASSWORD) return null;
  const account = ACCOUNTS.find(({ id }) => id === username);
  const { salt, hash } = account ?? { salt: '-', hash: '' };
  const expected = Buffer.alloc(LENGTH);
  Buffer.from(hash, 'base64url').copy(expected);
  const matches = timingSafeEqual(await derive(password, salt, LENGTH), expected);
  return account && matches ? { id: account.id, name: account.name } : null;
}
