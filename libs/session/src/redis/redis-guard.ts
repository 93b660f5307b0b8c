import { Command } from 'ioredis';
import { OpenCircuit } from './redis-circuit.js';
import { connectTimeoutOf, isCluster, keyPrefixOf, type RedisClient } from './redis-client.js';
import { commandFailed, isTimeout, notAvailable, storeClosed } from './redis-errors.js';
import { SharedTimeout } from './shared-timeout.js';

/** A connection may be away so long (ms) before commands are refused: what a reconnect takes. */
const GRACE = 250;

/**
 * Lets no command wait for long, whatever the client's own settings are.
 *
 * - Every command is bounded by `timeout`. One that takes longer opens the circuit: commands are then refused at once,
 *   and a probe every 200 ms closes it as soon as Redis answers.
 * - While the connection is away for longer than 250 ms, commands are refused at once. A shorter reconnect goes unnoticed.
 * - In a Cluster each master has its own circuit, so one that is away takes only its own sessions with it.
 */
export class RedisGuard {
  private readonly circuits = new Map<string, OpenCircuit>();
  private readonly waits: SharedTimeout;
  private everReady: boolean;
  private awaySince: number | undefined;
  private lastError: unknown;
  private closed = false;
  // A client needs a listener for errors: without one it writes them to the console.
  private readonly onError = (error: unknown): void => void (this.lastError = error);
  private readonly onReady = (): void => {
    this.everReady = true;
    this.awaySince = undefined;
    this.lastError = undefined;
    this.closeCircuits();
  };
  private readonly onAway = (): void => void (this.awaySince ??= performance.now());

  constructor(
    private readonly client: RedisClient,
    timeout: number,
  ) {
    this.waits = new SharedTimeout(timeout);
    this.everReady = client.status === 'ready';
    client.on('error', this.onError).on('ready', this.onReady).on('close', this.onAway).on('end', this.onAway);
  }

  /**
   * Runs one command.
   * @param key the key that the command is about, as it is given to the client; undefined if it is about none
   */
  run<T>(key: string | undefined, command: () => Promise<T>): Promise<T> {
    const part = this.partOf(key);
    const refusal = this.refusal(part);
    if (refusal) return Promise.reject(refusal);
    return this.waits.run(command, (error) => {
      if (isTimeout(error) && part !== undefined) this.trip(part, key);
      return commandFailed(error);
    });
  }

  /** Why nothing is sent now, if that is so. */
  private refusal(part: string | undefined): Error | undefined {
    if (this.closed) return storeClosed();
    if (part !== undefined && this.circuits.has(part)) return notAvailable('it does not answer', this.lastError);
    // Before the first connection there is nothing to lose yet; the timeout alone bounds that wait.
    if (this.everReady && this.awaySince !== undefined && performance.now() - this.awaySince > GRACE)
      return notAvailable('the connection is lost', this.lastError);
    return undefined;
  }

  /** Waits for the first connection, for as long as one attempt to connect may take. */
  async connected(): Promise<void> {
    if (this.everReady || this.closed) return;
    if (this.client.status === 'wait') this.client.connect().catch(this.onError);
    const patience = connectTimeoutOf(this.client);
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.client.off('ready', settle).off('end', settle);
        if (this.client.status === 'ready') resolve();
        else reject(notAvailable(`no connection within ${patience} ms`, this.lastError));
      };
      const timer = setTimeout(settle, patience);
      if (this.client.status === 'end') settle();
      else this.client.once('ready', settle).once('end', settle);
    });
  }

  /** Lets go of the client. Commands are refused from now on. */
  close(): void {
    this.closed = true;
    this.closeCircuits();
    this.client.off('error', this.onError).off('ready', this.onReady).off('close', this.onAway).off('end', this.onAway);
  }

  /** What fails together: the server, in a Cluster the master that holds the key. */
  private partOf(key: string | undefined): string | undefined {
    if (!isCluster(this.client)) return '';
    if (key === undefined) return undefined;
    return this.client.slots[new Command('get', [keyPrefixOf(this.client) + key]).getSlot()]?.[0] ?? '';
  }

  private trip(part: string, key: string | undefined): void {
    if (this.closed || this.circuits.has(part)) return;
    const { client } = this;
    const circuit = new OpenCircuit({
      connected: () => client.status === 'ready',
      // In a Cluster a PING goes to any master. PTTL of the key goes to the one that did not answer, or to its successor.
      probe: () => (isCluster(client) && key !== undefined ? client.pttl(key) : client.ping()),
      onAnswer: () => {
        circuit.close();
        this.circuits.delete(part);
      },
      onStuck: () => {
        // A Cluster's client finds the successor itself.
        if (!isCluster(client)) client.disconnect(true);
      },
    });
    this.circuits.set(part, circuit);
  }

  private closeCircuits(): void {
    for (const circuit of this.circuits.values()) circuit.close();
    this.circuits.clear();
  }
}
