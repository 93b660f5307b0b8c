import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/redis-server.js';
import { keptPassword } from '../scripts/password.mjs';
import { prepare } from '../scripts/prepare.mjs';
import { startApi, startWeb, type Server } from '../scripts/servers.mjs';
import { chooseApiUrl, environment, PASSWORD } from './example-app.js';

let folder: string;
let apiUrl: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'example-next-'));
  apiUrl = await chooseApiUrl();
  await prepare(apiUrl);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a server says that does not get as far as being ready. */
async function refusal(server: Server): Promise<string> {
  try {
    const outcome = await server.ready.then(
      () => 'it started',
      () => 'it ended',
    );
    expect(outcome).toBe('it ended');
    expect(await server.ended).not.toBe(0);
    return server.output();
  } finally {
    await server.stop();
  }
}

describe('in production', () => {
  const lacking = { 'no password': {}, 'a short password': { SESSION_PASSWORD: PASSWORD.slice(0, 31) } };

  it.each(Object.entries(lacking))('neither server starts with %s', async (_, settings) => {
    const env = environment({ API_URL: apiUrl, DATA_DIR: folder, ...settings });
    for (const start of [() => startApi(env), async () => startWeb(await freePort(), env)]) {
      const said = await refusal(await start());
      expect(said).toContain('SESSION_PASSWORD must be at least 32 random characters');
      expect(said).not.toContain(PASSWORD.slice(0, 31));
    }
  });
});

describe('the password of this machine', () => {
  it('is random, for its owner only, and the same at the next start', () => {
    const password = keptPassword(join(folder, 'one'));
    expect(password).toMatch(/^[\w-]{43}$/);
    expect(keptPassword(join(folder, 'one'))).toBe(password);
    expect(keptPassword(join(folder, 'two'))).not.toBe(password);
    expect(statSync(join(folder, 'one', 'session-password')).mode & 0o777).toBe(0o600);
  });
});
