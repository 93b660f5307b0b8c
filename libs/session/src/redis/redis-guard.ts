import { Command } from 'ioredis';
import { OutageGuard, type GuardedStore } from '../stores/outage-guard.js';
import { LateAnswer, Patience, SharedTimeout } from '../stores/shared-timeout.js';
import { commandTimeoutOf, connectTimeoutOf, isCluster, keyPrefixOf, type RedisClient } from './redis-client.js';
import { commandFailed, isReply, isTimeout, notAvailable, storeClosed } from './redis-errors.js';

/** A connection may be away so long (ms) before commands are refused: what a reconnect takes. */
const GRACE = 250;
/** A probe is sent at most this often, in milliseconds. */
const PROBE_EVERY = 200;

/**
 * The outage guard in front of Redis, which lets no command wait for long, whatever the client's own settings are.
 *
 * - Every command is bounded by `timeout`. One that takes longer opens the circuit: commands are then refused at once,
 *   and a probe every 200 ms closes it as soon as Redis answers.
 * - While the connection is away for longer than 250 ms, commands are refused at once. A shorter reconnect goes unnoticed.
 * - In a Cluster each master has its own circuit, so one that is away takes only its own sessions with it.
 */
export class RedisGuard implements GuardedStore {
  private readonly outage: OutageGuard;
  private readonly graces = new SharedTimeout(GRACE);
  private grace: Patience | undefined;
  private away = false;
  private everReady = false;
  private lastError: unknown;
  private closed = true;
  // A client needs a listener for errors: without one it writes them to the console.
  private readonly onError = (error: unknown): void => void (this.lastError = error);
  private readonly onReady = (): void => {
    this.everReady = true;
    this.endGrace();
    this.lastError = undefined;
    this.outage.reset();
  };
  private readonly onAway = (): void => {
    // Before the first connection there is nothing to lose yet; the timeout alone bounds that wait.
    if (!this.everReady || this.grace) return;
    this.grace = new Patience(() => (this.away = true));
    this.graces.begin(this.grace);
  };

  constructor(
    private readonly client: RedisClient,
    timeout: number,
  ) {
    this.outage = new OutageGuard(this, { timeout, probeEvery: PROBE_EVERY });
    this.open();
  }

  /** Takes hold of the client, again after {@link close}. */
  open(): void {
    if (!this.closed) return;
    this.closed = false;
    this.everReady = this.client.status === 'ready';
    this.client.on('error', this.onError).on('ready', this.onReady).on('close', this.onAway).on('end', this.onAway);
  }

  /**
   * Runs one command.
   * @param key the key that the command is about, as it is given to the client; undefined if it is about none
   * @param counts false for what runs in the background: it opens no circuit
   */
  run<T>(key: string | undefined, command: () => Promise<T>, counts = true): Promise<T> {
    if (this.closed) return Promise.reject(storeClosed());
    if (this.away) return Promise.reject(notAvailable('the connection is lost', this.lastError));
    return this.outage.run(this.partOf(key), key, command, counts);
  }

  /** Waits for the first connection, for as long as one attempt to connect may take. */
  async connected(): Promise<void> {
    if (this.everReady || this.closed) return;
    if (this.client.status === 'wait') this.client.connect().catch(this.onError);
    const patience = connectTimeoutOf(this.client);
    const waits = new SharedTimeout(patience);
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        waits.end(wait);
        this.client.off('ready', settle).off('end', settle);
        if (this.client.status === 'ready') resolve();
        else reject(notAvailable(`no connection within ${patience} ms`, this.lastError));
      };
      const wait = new Patience(settle);
      waits.begin(wait);
      if (this.client.status === 'end') settle();
      else this.client.once('ready', settle).once('end', settle);
    });
  }

  /** Lets go of the client. Commands are refused from now on. */
  close(): void {
    this.closed = true;
    this.endGrace();
    this.outage.reset();
    this.client.off('error', this.onError).off('ready', this.onReady).off('close', this.onAway).off('end', this.onAway);
  }

  probe(_part: string, key: string | undefined): Promise<unknown> {
    const { client } = this;
    // In a Cluster a PING goes to any master. PTTL of the key goes to the one that did not answer, or to the new master.
    return isCluster(client) && key !== undefined ? client.pttl(key) : client.ping();
  }

  canProbe(): boolean {
    return this.client.status === 'ready';
  }

  refused(): Error {
    return notAvailable('it does not answer', this.lastError);
  }

  failed(error: unknown): Error {
    return commandFailed(error);
  }

  /** A client with a timeout of its own counts what this process was busy with: half of that must have been awake. */
  isOutage(error: unknown, lasted: number): boolean {
    if (this.closed) return false;
    return error instanceof LateAnswer || (isTimeout(error) && lasted * 2 >= commandTimeoutOf(this.client));
  }

  isAnswer(error: unknown): boolean {
    return isReply(error);
  }

  onStuck(): void {
    const { client } = this;
    // The client of a Cluster finds the new master itself.
    if (!isCluster(client)) client.disconnect(true);
  }

  private endGrace(): void {
    if (this.grace) this.graces.end(this.grace);
    this.grace = undefined;
    this.away = false;
  }

  /** What fails together: the server, in a Cluster the master that holds the key. */
  private partOf(key: string | undefined): string | undefined {
    if (!isCluster(this.client)) return '';
    if (key === undefined) return undefined;
    return this.client.slots[new Command('get', [keyPrefixOf(this.client) + key]).getSlot()]?.[0] ?? '';
  }
}
