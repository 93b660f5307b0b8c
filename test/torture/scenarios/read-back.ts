import { get, type Answer } from '../http.js';
import type { Sent } from '../load.js';
import { pool, sleep } from '../pool.js';
import type { Fleet } from '../target.js';

const AGAIN = 100;

/** What became of writes and logins that were answered 200. */
export interface ReadBack {
  /** The session was read, and the change is not in it. */
  readonly lost: number;
  /** Nobody could tell: the session was not to be read until the end. */
  readonly unread: number;
}

/**
 * Reads every change back that was acknowledged. A server that refuses says nothing about what is saved, so it is asked
 * again.
 * @param until by `performance.now()`
 */
export async function readBack(fleet: Fleet, sent: readonly Sent[], until: number): Promise<ReadBack> {
  const byCookie = new Map<string, string[]>();
  for (const { operation, answer, cookie, key } of sent) {
    if (answer.status !== 200 || cookie === undefined || (operation !== 'write' && operation !== 'login')) continue;
    byCookie.set(cookie, [...(byCookie.get(cookie) ?? []), key ?? 'user']);
  }
  let lost = 0;
  let unread = 0;
  await pool(byCookie.size, 10, async (index) => {
    const [cookie, keys] = [...byCookie][index] ?? ['', []];
    const { status, text } = await askUntil(`${fleet.servers[index % 2]?.url}/values`, cookie, until);
    if (status === 200) lost += keys.filter((key) => !text.includes(`"${key}":`)).length;
    else unread += keys.length;
  });
  return { lost, unread };
}

/** The first answer of 200, or the last one before that time. */
async function askUntil(url: string, cookie: string, until: number): Promise<Answer> {
  for (;;) {
    const answer = await get(url, cookie);
    if (answer.status === 200 || performance.now() > until) return answer;
    await sleep(AGAIN);
  }
}
