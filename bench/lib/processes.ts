// Starts processes of the bench's own, such as a Redis, and ends what it started.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export interface Started {
  readonly child: ChildProcess;
  readonly match: RegExpExecArray;
  stop(): Promise<void>;
}

/** Starts a process and waits until it prints what is looked for. It does not outlive this one. */
export function start(command: string, args: readonly string[], wanted: RegExp): Promise<Started> {
  // What a shell sets for itself must not decide what is measured.
  const { NODE_ENV: _, ...env } = process.env;
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000);
      const match = wanted.exec(text);
      if (match) resolve({ child, match, stop });
    });
    child.once('error', () => reject(new Error(`${command} cannot be started. Is it installed? npm run setup`)));
    child.once('exit', () => reject(new Error(`${command} ${args.join(' ')} ended before it was ready: ${text}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export type OwnRedis = Awaited<ReturnType<typeof startRedis>>;

/** A Redis of the bench's own, without persistence. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const started = await start('redis-server', args, /Ready to accept/);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url);
  return {
    url,
    flush: () => client.flushall(),
    /** How many commands it has carried out, those within scripts included. */
    commands: async () => Number(/^total_commands_processed:(\d+)/m.exec(await client.info('stats'))?.[1]),
    async stop(): Promise<void> {
      client.disconnect();
      await started.stop();
    },
  };
}
