import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionIn } from '../../../../test/support/records.js';
import { runChild, startChild } from '../../../../test/support/child.js';
import { sqliteStore } from './sqlite.store.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  path = join(folder, 'sessions.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const count = async (key: string): Promise<unknown> => {
  const store = sqliteStore({ path });
  const found = await store.read(key);
  await store.close();
  return found && sessionIn(found).data['n'];
};

describe('sqliteStore and other processes', () => {
  it('shares a file that two processes create and write at the same time, and loses no change', async () => {
    const times = 300;
    const [one, two] = await Promise.all([
      runChild('sqlite-writer', [path, 'shared', `${times}`]),
      runChild('sqlite-writer', [path, 'shared', `${times}`]),
    ]);
    expect(new Set([...one.lines, ...two.lines]).size).toBe(2 * times);
    expect(await count('shared')).toBe(2 * times);
  });

  it('has every acknowledged write after kill -9', async () => {
    for (const after of [1, 40, 111, 300]) {
      const before = Number((await count('killed')) ?? 0);
      const child = startChild('sqlite-writer', [path, 'killed', '1000000']);
      let acknowledged = 0;
      child.onLine((line) => {
        acknowledged = Number(line);
        if (acknowledged - before >= after) child.process.kill('SIGKILL');
      });
      expect(await child.done).toMatchObject({ errors: '', signal: 'SIGKILL' });
      expect(acknowledged).toBeGreaterThanOrEqual(before + after);
      // One more may have been written that nobody was told of.
      expect([acknowledged, acknowledged + 1]).toContain(await count('killed'));
    }
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  });

  it('does not keep a process running, even if it is never closed', async () => {
    expect((await runChild('sqlite-idle', [path])).lines).toEqual(['stored']);
  });
});
