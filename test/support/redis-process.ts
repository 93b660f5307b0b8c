import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';

export interface StartRedisOptions {
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[];
  /** What the log says once the server is of use. */
  readonly readyWhen?: RegExp;
  /** A directory to work in instead of one of its own. It is deleted with the server. */
  readonly dir?: string;
}

/** A real Redis on a free port of this machine, without persistence: what it keeps is gone when it ends. */
export class RedisServer {
  readonly url: string;
  private child: ChildProcess | undefined;
  private readonly clients: Redis[] = [];

  private constructor(
    readonly port: number,
    readonly dir: string,
    private readonly options: StartRedisOptions,
  ) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(options: StartRedisOptions): Promise<RedisServer> {
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'nest-session-redis-')));
    // Somebody may take the port between its choice and its use.
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(await freePort(), dir, options);
      try {
        await server.launch();
        return server;
      } catch (error) {
        if (attempt === 3 || !(error instanceof Error && error.message.includes('in use'))) throw error;
      }
    }
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('redis-server is not running');
    return this.child.pid;
  }

  /** A client with the settings of the test's choice. It is ended with the server, if not before. */
  client(options: RedisOptions = {}): Redis {
    const client = new Redis({ port: this.port, host: '127.0.0.1', ...options } as RedisOptions & {
      replyMapping?: 'legacy';
    });
    client.on('error', () => {});
    this.clients.push(client);
    return client;
  }

  /** What `INFO commandstats` has counted since the last {@link resetStats}, by command in lower case. */
  async commandCounts(): Promise<Record<string, number>> {
    const text = await this.admin((client) => client.info('commandstats'));
    const lines = text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
    return Object.fromEntries(Array.from(lines, ([, name, calls]) => [String(name), Number(calls)]));
  }

  async resetStats(): Promise<void> {
    await this.admin((client) => client.config('RESETSTAT'));
  }

  /** Runs something over a connection of its own. */
  async admin<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.client();
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Ends the process without warning. */
  async kill9(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Starts it again on the same port, empty. */
  async restart(): Promise<void> {
    await this.kill9();
    await this.launch();
  }

  /** The process stops answering; its connections stay open. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await this.kill9();
    await rm(this.dir, { recursive: true, force: true });
  }

  private async launch(): Promise<void> {
    const { args = [], readyWhen = /Ready to accept connections/ } = this.options;
    const common = [
      '--port',
      `${this.port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      this.dir,
    ];
    const child = spawn('redis-server', [...args, ...common], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    children.add(child);
    child.once('exit', () => children.delete(child));
    await new Promise<void>((resolve, reject) => {
      let log = '';
      const read = (chunk: Buffer): void => {
        log = (log + chunk.toString()).slice(-4000);
        if (readyWhen.test(log)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', () => reject(new Error('redis-server cannot be started. Install it: run npm run setup')));
      child.once('exit', () => reject(new Error(`redis-server ended at its start:\n${log}`)));
    });
  }
}

/** Starts a real Redis. Stop it when the tests are over. */
export const startRedis = (options: StartRedisOptions = {}): Promise<RedisServer> => RedisServer.start(options);

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks again and again until the answer is true; an error counts as no. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  patience = 10_000,
): Promise<void> {
  const end = performance.now() + patience;
  for (;;) {
    let last: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// Servers that a failed test left behind end with the process that started them, which the test runner ends by SIGTERM.
const children = new Set<ChildProcess>();
const endChildren = (): void => {
  for (const child of children) child.kill('SIGKILL');
};
process.once('exit', endChildren);
process.once('SIGTERM', () => {
  endChildren();
  process.kill(process.pid, 'SIGTERM');
});
