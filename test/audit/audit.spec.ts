import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import { SessionConfigError, SessionUsageError } from 'nest-session';
import {
  SessionAudit,
  SessionAuditModule,
  sqliteAudit,
  type AuditEntry,
  type AuditWriter,
  type SessionAuditOptions,
} from 'nest-session/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestApp } from '../support/test-app.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'nest-session-audit-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function start(audit: DynamicModule) {
  const { app, client } = await startTestApp('express', {}, { imports: [audit] });
  return { app, audit: app.get(SessionAudit), client: client() };
}

describe('SessionAuditModule', () => {
  it('keeps what happened, over a restart, and finds what happened just now', async () => {
    const path = join(folder, 'audit.db');
    const first = await start(SessionAuditModule.forRoot({ writer: sqliteAudit({ path }) }));
    await first.client.post('/login', { user: { id: 7 } });
    const [login] = await first.audit.query({ userId: 7, events: ['login'] });
    expect(login).toEqual({ at: expect.any(Number), event: 'login', handle: expect.any(String), userId: '7' });
    await first.client.post('/logout');
    // Without a flush: closing the application writes the rest.
    await first.app.close();

    const second = await start(SessionAuditModule.forRoot({ writer: sqliteAudit({ path }) }));
    const entries = await second.audit.query({ handle: login?.handle ?? '' });
    expect(entries.map(({ event }) => event)).toEqual(expect.arrayContaining(['logout', 'login', 'created']));
    expect(JSON.stringify(entries)).not.toContain(decodeURIComponent((await second.client.cookie()) ?? 'no cookie'));
    await second.app.close();
  });

  it('takes any writer, also one that injects something', async () => {
    @Injectable()
    class LogWriter implements AuditWriter {
      readonly entries: AuditEntry[] = [];
      write(entry: AuditEntry) {
        this.entries.push(entry);
      }
    }
    @Module({ providers: [LogWriter], exports: [LogWriter] })
    class LogModule {}
    const { app, audit, client } = await start(
      SessionAuditModule.forRootAsync({
        imports: [LogModule],
        inject: [LogWriter],
        useFactory: (writer: LogWriter): SessionAuditOptions => ({ writer, events: ['login'] }),
      }),
    );
    await client.post('/login', { user: { id: 7 } });
    await client.post('/logout');
    await audit.flush();
    expect(app.get(LogWriter).entries).toEqual([
      { at: expect.any(Number), event: 'login', handle: expect.any(String), userId: '7' },
    ]);
    await expect(audit.query()).rejects.toThrow(SessionUsageError);
    await app.close();
  });

  it('neither fails nor delays a request, nor the end of the application, when the writer does', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const writer = { write: () => new Promise<void>(() => undefined) };
    const { app, client } = await start(SessionAuditModule.forRoot({ writer, flushInterval: 1, closeTimeout: 50 }));
    expect((await client.post('/login', { user: { id: 7 } })).status).toBe(200);
    expect((await client.post('/logout')).status).toBe(204);
    await app.close();
  });

  it.each<[string, object]>([
    ['writer', { writer: undefined }],
    ['writer', { writer: {} }],
    ['events', { events: ['sign-in'] }],
    ['maxQueue', { maxQueue: 0 }],
    ['flushInterval', { flushInterval: 0.5 }],
    ['closeTimeout', { closeTimeout: Infinity }],
  ])('refuses %s in %j when the application starts', async (path, wrong) => {
    const options = { writer: { write: () => undefined }, ...wrong } as never;
    const error: unknown = await start(SessionAuditModule.forRoot(options)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionConfigError);
    expect((error as SessionConfigError).problems.map((problem) => problem.path)).toEqual([path]);
  });
});
