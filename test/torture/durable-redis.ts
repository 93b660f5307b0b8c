import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, until } from '../support/redis-server.js';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * A Redis that has written down every change before it acknowledges it: what is lost after kill -9 is not its fault.
 * Handed to the kernel is enough for that, which survives the process. To wait for the disk as well would make a busy
 * disk look like one more fault.
 */
export class DurableRedis {
  readonly url: string;
  readonly admin: Redis;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly dir: string,
  ) {
    this.url = `redis://127.0.0.1:${port}`;
    this.admin = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20 });
    this.admin.on('error', () => {});
  }

  static async start(): Promise<DurableRedis> {
    const redis = new DurableRedis(await freePort(), await mkdtemp(join(tmpdir(), 'nest-session-torture-')));
    await redis.launch();
    return redis;
  }

  /** Starts it, and waits until it serves. */
  async launch(): Promise<void> {
    const settings = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.dir, '--save', ''];
    const child = spawn('redis-server', [...settings, '--appendonly', 'yes', '--appendfsync', 'no'], {
      stdio: 'ignore',
    });
    this.child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await until('Redis serves', async () => (await this.admin.ping()) === 'PONG');
  }

  async kill9(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP: it stops answering, and its connections stay open. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.admin.disconnect();
    await this.kill9();
    await rm(this.dir, { recursive: true, force: true });
  }
}
