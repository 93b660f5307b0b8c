import { parseSetCookie } from 'cookie';
import { createSealedSessionReader, type SealedSessionReaderOptions } from 'nest-session/standalone';
import { memoryRevocation } from 'nest-session/sealed';
import { TestClock } from '../support/test-clock.js';

export const PASSWORD = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What the sessions of these tests hold. */
export interface AppSession {
  user?: { id: string; name?: string };
  cart?: string[];
  text?: string;
}

/** A reader with a clock and a revocation store of its own. */
export function sealedReader(more: Partial<SealedSessionReaderOptions> = {}) {
  const clock = new TestClock();
  const revocation = memoryRevocation({ clock });
  const options: SealedSessionReaderOptions = { password: PASSWORD, clock, revocation, ...more };
  return { clock, revocation, options, reader: createSealedSessionReader<AppSession>(options) };
}

/** The Cookie header of a browser that had one and got these Set-Cookie lines. */
export function afterwards(before: string | undefined, lines: readonly string[]): string | undefined {
  const pairs = new Map((before ?? '').split('; ').flatMap((pair) => (pair === '' ? [] : [split(pair)])));
  for (const line of lines) {
    const { name, maxAge } = parseSetCookie(line);
    if (maxAge !== undefined && maxAge <= 0) pairs.delete(name);
    else pairs.set(...split(line.split(';', 1)[0] ?? ''));
  }
  return pairs.size === 0 ? undefined : [...pairs].map(([name, value]) => `${name}=${value}`).join('; ');
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** The Cookie header of somebody who has just logged in. */
export async function loggedIn(
  { reader }: Pick<ReturnType<typeof sealedReader>, 'reader'>,
  user: AppSession['user'] = { id: 'ada' },
  data: AppSession = {},
): Promise<string> {
  const headers = new Headers();
  const session = await reader.open(undefined, headers);
  Object.assign(session.data, data);
  await session.login(user ?? { id: 'ada' }, { keep: Object.keys(data) });
  const cookie = afterwards(undefined, headers.getSetCookie());
  if (cookie === undefined) throw new Error('No cookie was set.');
  return cookie;
}

/** Rejects as a database does that is away. */
export const brokenRevocation = () => {
  const fail = () => Promise.reject(new Error('connect ECONNREFUSED'));
  return { read: fail, raise: fail, revokeBefore: fail };
};
