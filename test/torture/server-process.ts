import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Asked, Health, Told } from './servers/host.js';
import type { Addresses, ConflictUrls, ServerSettings } from './servers/settings.js';

/** A server in a process of its own. */
export class ServerProcess {
  /** What it wrote to the console. */
  output = '';
  private readonly arrivals = new Map<string, () => void>();
  private readonly arrived = new Set<string>();
  private healthAsked: ((health: Health) => void)[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private addresses: Addresses,
  ) {}

  static async start(file: string, settings: ServerSettings): Promise<ServerProcess> {
    const child = fork(file, [JSON.stringify(settings)], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const server = new ServerProcess(child, { url: '', rollingUrl: '' });
    const keep = (chunk: Buffer): void => void (server.output = (server.output + chunk.toString()).slice(-10_000));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`A server ended at its start:\n${server.output}`)));
      child.on('message', (told: Told) => {
        if ('ready' in told) {
          server.addresses = told.ready;
          resolve();
        } else server.hear(told);
      });
    });
    return server;
  }

  get url(): string {
    return this.addresses.url;
  }

  /** The same sessions, renewed with every response. */
  get rollingUrl(): string {
    return this.addresses.rollingUrl;
  }

  /** The same sessions with other options, if the server was started with `conflicts`. */
  get conflictUrls(): ConflictUrls {
    if (!this.addresses.conflictUrls) throw new Error('The server was started without `conflicts`.');
    return this.addresses.conflictUrls;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until a request has reached the place where it waits. */
  async waitsAt(name: string): Promise<void> {
    if (!this.arrived.delete(name)) await new Promise<void>((resolve) => this.arrivals.set(name, resolve));
  }

  /** Lets a request go on that waits. */
  release(name: string): void {
    this.send({ release: name });
  }

  health(): Promise<Health> {
    return new Promise((resolve) => {
      this.healthAsked.push(resolve);
      this.send({ health: true });
    });
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private hear(told: Told): void {
    if ('health' in told) this.healthAsked.shift()?.(told.health);
    if (!('arrived' in told)) return;
    const arrival = this.arrivals.get(told.arrived);
    this.arrivals.delete(told.arrived);
    if (arrival) arrival();
    else this.arrived.add(told.arrived);
  }

  private send(asked: Asked): void {
    if (this.running) this.child.send(asked);
  }
}
