import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { connectStore, formatPolicy, memoryStore, SessionModule, type SessionModuleOptions } from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { sqliteStore } from 'nest-session/sqlite';
import expressSession from 'express-session';

const SECRET = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const OLD_SECRET = 'Zm5pT1xQ8wK3vB7nR2cY6hJ4dF9gL0sE';

/** Everything that is logged. */
class Log extends ConsoleLogger {
  readonly lines: { level: string; text: string }[] = [];
  override debug = (text: unknown) => void this.lines.push({ level: 'debug', text: String(text) });
  override log = (text: unknown) => void this.lines.push({ level: 'log', text: String(text) });
  override warn = (text: unknown) => void this.lines.push({ level: 'warn', text: String(text) });
}

async function describeApp(options?: SessionModuleOptions) {
  @Module({ imports: [SessionModule.forRoot(options)] })
  class AppModule {}
  const log = new Log();
  const app = await NestFactory.create(AppModule, { logger: log, abortOnError: false });
  await app.init();
  const policy = SessionModule.describe(app);
  await app.close();
  const told = log.lines.filter(({ text }) => text.startsWith('Session policy'));
  return { policy, text: formatPolicy(policy), told };
}

describe('SessionModule.describe()', () => {
  it('tells the defaults of development', async () => {
    const { policy, text } = await describeApp();
    expect(policy).toMatchInlineSnapshot(`
      {
        "cookie": {
          "domain": "this host only",
          "httpOnly": true,
          "maxAge": "browser",
          "name": "sid",
          "partitioned": false,
          "path": "/",
          "priority": "none",
          "sameSite": "lax",
          "secure": false,
        },
        "deadlines": {
          "absoluteTimeout": 28800000,
          "byUser": false,
          "idleTimeout": 1800000,
          "preset": "none",
          "rolling": false,
        },
        "lazy": false,
        "revocation": {
          "staleness": 0,
        },
        "rotation": {
          "after": "never",
          "grace": 0,
        },
        "saveUninitialized": false,
        "secrets": 1,
        "store": {
          "engine": "server",
          "keys": "hashed",
          "kind": "MemorySessionStore",
          "limitations": [],
          "onError": "fail",
        },
      }
    `);
    expect(text).toMatchInlineSnapshot(`
      "Session policy
        deadlines: idleTimeout 30m, absoluteTimeout 8h, preset none, byUser false, rolling false
        rotation: after never, grace 0ms
        cookie: name sid, maxAge browser, secure false, httpOnly true, sameSite lax, path /, domain this host only, partitioned false, priority none
        store: kind MemorySessionStore, engine server, keys hashed, limitations none, onError fail
        revocation: staleness 0ms
        lazy: false
        saveUninitialized: false
        secrets: 1"
    `);
  });

  it('tells what is in effect, of a store in a file with a preset, ids that are renewed, and secrets that change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'policy-'));
    const { policy, text, told } = await describeApp({
      secret: [SECRET, OLD_SECRET],
      store: sqliteStore({ path: join(folder, 'sessions.db') }),
      preset: 'aal2',
      idleTimeout: '20m',
      timeouts: () => ({}),
      rotateAfter: '1h',
      cache: '90s',
      cookie: { secure: true, sameSite: 'strict', priority: 'high' },
      onStoreError: 'anonymous',
      rolling: true,
      lazy: true,
    });
    expect(text).toMatchInlineSnapshot(`
      "Session policy
        deadlines: idleTimeout 20m, absoluteTimeout 1d, preset aal2, byUser true, rolling true
        rotation: after 1h, grace 10s
        cookie: name __Host-sid, maxAge browser, secure true, httpOnly true, sameSite strict, path /, domain this host only, partitioned false, priority high
        store: kind SqliteSessionStore, engine server, keys hashed, limitations none, onError anonymous
        revocation: staleness 90s
        lazy: true
        saveUninitialized: false
        secrets: 2"
    `);
    // Once, at start, and at a level that production does not show.
    expect(told).toEqual([{ level: 'debug', text }]);
    expect(JSON.stringify(policy)).not.toMatch(new RegExp(`${SECRET}|${OLD_SECRET}`));
    await rm(folder, { recursive: true });
  });

  it('tells of a sealed cookie how soon an end elsewhere is seen', async () => {
    const sealed = (revocation: Parameters<typeof sealedCookie>[0]['revocation']) =>
      describeApp({ store: sealedCookie({ password: SECRET, revocation }), absoluteTimeout: false });
    const { policy, text } = await sealed(memoryRevocation());
    expect(text).toMatchInlineSnapshot(`
      "Session policy
        deadlines: idleTimeout 30m, absoluteTimeout never, preset none, byUser false, rolling false
        rotation: after never, grace 0ms
        cookie: name session, maxAge 30m, secure false, httpOnly true, sameSite lax, path /, domain this host only, partitioned false, priority none
        store: kind SealedCookieStore, engine sealed, keys none, limitations "memoryRevocation() is for one process only: a session that it ended stays valid in every other one." "memoryRevocation() forgets at a restart: ended sessions whose seal has not expired are valid again.", onError fail
        revocation: staleness 0ms
        lazy: false
        saveUninitialized: false
        secrets: 0"
    `);
    expect(JSON.stringify(policy)).not.toContain(SECRET);
    expect((await sealed('none')).policy.revocation).toEqual({ staleness: 'unbounded' });
  });

  it("tells what a store of express-session's cannot do", async () => {
    const { policy } = await describeApp({
      secret: SECRET,
      store: connectStore(new expressSession.MemoryStore(), { ids: 'plain' }),
      preset: 'aal1',
    });
    expect(policy.store).toMatchObject({ kind: 'ConnectSessionStore', keys: 'plain', engine: 'server' });
    expect(policy.store.limitations.length).toBeGreaterThan(0);
    expect(policy.deadlines).toMatchObject({ idleTimeout: 'never', preset: 'aal1' });
  });

  it('is frozen throughout, and JSON', async () => {
    const { policy } = await describeApp({ secret: SECRET, store: memoryStore() });
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
    const parts: object[] = [policy, policy.deadlines, policy.store, policy.store.limitations];
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
  });
});
