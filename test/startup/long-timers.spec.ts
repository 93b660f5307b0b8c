import { Redis } from 'ioredis';
import { MemoryStore } from 'express-session';
import { connectStore, SessionLock } from 'nest-session';
import { redisRevocation, redisStore } from 'nest-session/redis';
import { sqliteRevocation, sqliteStore } from 'nest-session/sqlite';
import { expect, describe, it, onTestFinished } from 'vitest';
import { resolveAuditOptions } from '../../libs/session/src/audit/audit-options.js';
import { RedisGuard } from '../../libs/session/src/redis/redis-guard.js';
import { startSilentServer } from '../support/silent-server.js';

const LONGEST = 2 ** 31 - 1;
const writer = { write: () => undefined };
const path = ':memory:';

interface Owned {
  close?(): unknown;
}

/** Every option that becomes the delay of a timer. */
const OPTIONS: readonly [string, (ms: number) => unknown][] = [
  ['sqliteStore.sweepInterval', (sweepInterval) => sqliteStore({ path, sweepInterval })],
  ['sqliteStore.busyTimeout', (busyTimeout) => sqliteStore({ path, busyTimeout })],
  ['sqliteRevocation.sweepInterval', (sweepInterval) => sqliteRevocation({ path, sweepInterval })],
  ['sqliteRevocation.busyTimeout', (busyTimeout) => sqliteRevocation({ path, busyTimeout })],
  ['redisStore.commandTimeout', (commandTimeout) => redisStore({ client: idle(), commandTimeout })],
  ['redisRevocation.commandTimeout', (commandTimeout) => redisRevocation({ client: idle(), commandTimeout })],
  ['connectStore.timeout', (timeout) => connectStore(new MemoryStore(), { timeout })],
  ['flushInterval', (flushInterval) => resolveAuditOptions({ writer, flushInterval })],
  ['closeTimeout', (closeTimeout) => resolveAuditOptions({ writer, closeTimeout })],
  ['wait', (wait) => SessionLock({ wait })],
];

const idle = (options = {}): Redis => new Redis({ lazyConnect: true, ...options });

/** The warnings of Node about delays that it takes for one millisecond. */
async function overflows(work: () => unknown): Promise<string[]> {
  const seen: string[] = [];
  const note = ({ name, message }: Error): void => void (name === 'TimeoutOverflowWarning' && seen.push(message));
  process.on('warning', note);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('warning', note);
  return seen;
}

describe('a duration that no timer can wait for', () => {
  it.each(OPTIONS)('is refused by its name at start, and does not fire at once: %s', (name, make) => {
    for (const tooLong of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])
      expect(() => make(tooLong), String(tooLong)).toThrow(new RegExp(`\\b${name.replace('.', '\\.')}\\b`));
  });

  it.each(OPTIONS.filter(([name]) => !/busyTimeout|connectStore/.test(name)))(
    'is one beyond the longest that is accepted: %s',
    async (_name, make) => {
      const warnings = await overflows(async () => await (make(LONGEST) as Owned).close?.());
      expect(warnings).toEqual([]);
    },
  );

  it('is what Node fires at once, so that these tests see it', async () => {
    expect(await overflows(() => clearTimeout(setTimeout(() => {}, 2 ** 31)))).toHaveLength(1);
  });

  it('is taken for the longest where it is set at the client of Redis: the start still waits for it', async () => {
    const server = await startSilentServer();
    const client = idle({ host: '127.0.0.1', port: server.port, retryStrategy: () => 50 });
    // Of the guard alone: ioredis bounds the delay of its own socket.
    client.options.connectTimeout = 2 ** 40;
    const guard = new RedisGuard(client, 800);
    onTestFinished(async () => {
      guard.close();
      client.disconnect();
      await server.stop();
    });
    const outcome = guard.connected().then(
      () => 'connected',
      () => 'gave up',
    );
    const pause = new Promise((resolve) => setTimeout(resolve, 200, 'waiting'));
    expect(await Promise.race([outcome, pause])).toBe('waiting');
  });
});
