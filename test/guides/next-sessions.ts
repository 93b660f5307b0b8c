import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSealedSessionReader } from 'nest-session/standalone';
import type { HttpClient } from '../support/http-client.js';

/** What seals the cookies of the pages on Next.js. */
export const PASSWORD = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js';

export const ADA = { name: 'Ada Lovelace', password: 'correct horse battery staple' };

/** What a browser is told with a cookie of these pages, in production. */
export const attributesOf = (line: string | undefined): string[] => (line ?? '').split('; ').slice(1).toSorted();

/** The Cookie header of somebody who signed in with the options of these pages, and has done nothing since. */
export async function signedInBefore(minutes: number): Promise<string> {
  const sessions = createSealedSessionReader<{ user: { id: string; name: string } }>({
    password: PASSWORD,
    cookieName: 'session',
    cookieOptions: { maxAge: 1800 },
    revocation: 'none',
    clock: { now: () => Date.now() - minutes * 60_000 },
  });
  const headers = new Headers();
  await (await sessions.open(null, headers)).login({ id: '1', name: ADA.name });
  const [line = ''] = headers.getSetCookie();
  return line.slice(0, line.indexOf(';'));
}

/** Cookies that nobody has made, from one that somebody has. */
export async function forgedFrom(client: HttpClient): Promise<string[]> {
  const seal = (await client.cookie('session')) ?? '';
  const middle = Math.floor(seal.length / 2);
  const changed = seal.slice(0, middle) + (seal[middle] === 'A' ? 'B' : 'A') + seal.slice(middle + 1);
  return [changed, seal.slice(0, -1), `${seal}A`, 'x', '%E0%A4%A', ''].map((value) => `session=${value}`);
}

/** While it runs, nobody can tell which sessions were logged out. */
export async function withoutRevocations(folder: string, run: () => Promise<void>): Promise<void> {
  const change = (statement: string): void => {
    const database = new DatabaseSync(join(folder, 'data/revocations.db'), { timeout: 5000 });
    database.exec(statement);
    database.close();
  };
  change('ALTER TABLE revocations RENAME TO revocations_away');
  try {
    await run();
  } finally {
    change('ALTER TABLE revocations_away RENAME TO revocations');
  }
}
