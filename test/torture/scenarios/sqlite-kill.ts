import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brokenBy, type Figures } from '../figures.js';
import { get, post } from '../http.js';
import { pool } from '../pool.js';
import { login, type Target } from '../target.js';

const SESSIONS = 8;

/** kill -9 of the process in the middle of saves: the file opens, and what was acknowledged is in it. */
export async function sqliteKill(target: Target, rounds: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-session-torture-'));
  const path = join(folder, 'sessions.db');
  const store = { kind: 'sqlite', path } as const;
  let [acknowledged, lost, corrupt] = [0, 0, 0];
  try {
    let server = await target.startOne({ store });
    for (let round = 0; round < rounds; round++) {
      const { url } = server;
      const written: { cookie: string; key: string }[] = [];
      let killed: Promise<void> | undefined;
      await pool(SESSIONS, SESSIONS, async () => {
        const cookie = await login(url);
        for (let i = 0; killed === undefined; i++) {
          const key = `r${round}-${i}`;
          const answer = await post(`${url}/values`, cookie, { [key]: 'x'.repeat(200) });
          if (answer.status === 200) written.push({ cookie, key });
          if (written.length >= 40 + 30 * round) killed ??= server.kill();
        }
      });
      await killed;
      const database = new DatabaseSync(path);
      if (database.prepare('PRAGMA integrity_check').get()?.['integrity_check'] !== 'ok') corrupt++;
      database.close();
      server = await target.startOne({ store });
      for (const { cookie, key } of written) {
        const { text } = await get(`${server.url}/values`, cookie);
        if (!text.includes(`"${key}"`)) lost++;
      }
      acknowledged += written.length;
    }
    await server.kill();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const broken = brokenBy({ 'acknowledged writes missing after kill -9 (SQLite)': lost, 'damaged files': corrupt });
  const note = `${rounds} times killed`;
  return {
    scenario: 'SQLite: kill -9 in the middle of saves',
    tries: acknowledged,
    lost,
    wrong: corrupt,
    note,
    broken,
  };
}
