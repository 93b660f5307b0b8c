import { randomInt } from 'node:crypto';
import type { Redis, RedisOptions } from 'ioredis';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { NearCache } from './near-cache.js';
import { connectTimeoutOf, keyPrefixOf } from './redis-client.js';
import { withoutSecrets } from './redis-errors.js';
import { SharedTimeout, type Failures } from '../stores/shared-timeout.js';

/** How often (ms) the server is asked whether it still reports changes, */
const HEARTBEAT = 1000;
/** and how long (ms) its answer may take. */
const PATIENCE = 500;
/** How long (ms) after sending the last answered heartbeat it is certain that no change was missed. */
export const PROOF_LASTS = HEARTBEAT + PATIENCE;

/** How long (ms) to wait after a refusal before tracking starts again. */
const RETRY = 1000;

// The channel of invalidations for connections with protocol 2.
const CHANNEL = '__redis__:invalidate';

const FAILURES: Failures = { failed: withoutSecrets };

/**
 * Receives every change under the prefix over a connection of its own, and tells the near-cache what is certain.
 *
 * It fails closed: the cache is empty without a connection to the same server as the store's, proven by a recent answer.
 */
export class NearCacheTracker {
  private readonly listener: Redis;
  private readonly waits = new SharedTimeout(PATIENCE);
  private readonly start: string;
  /** Number of the current start. Callbacks of an earlier one are ignored. */
  private turn = 0;
  private heart: NodeJS.Timeout | undefined;
  private hasHeard = false;
  private closed = true;
  private readonly waiting = new Set<(problem?: unknown) => void>();
  private readonly onMainReady = (): void => this.restart();
  private readonly onMainAway = (): void => void this.lose();

  constructor(
    private readonly main: Redis,
    prefix: string,
    private readonly cache: NearCache,
  ) {
    this.start = keyPrefixOf(main) + prefix;
    const settings: Partial<RedisOptions> = {
      // ioredis ignores invalidations of protocol 3, and they cannot be redirected to a connection with protocol 3.
      protocol: 2,
      replyMapping: 'legacy',
      // It would also be added to the channel.
      keyPrefix: '',
      lazyConnect: true,
      // Tracking has to come before the subscription.
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      enableAutoPipelining: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2000,
      socketTimeout: 3000,
      retryStrategy: (attempt) => Math.min(50 * 2 ** (attempt - 1), 500) + randomInt(100),
    };
    this.listener = main.duplicate(settings);
    this.listener
      .on('messageBuffer', (_channel: Buffer, names: unknown) => this.hear(names))
      .on('ready', () => void this.begin())
      .on('close', () => this.lose())
      .on('end', () => this.restartLater())
      // After any error the connection closes, or an answer is missing: both are handled.
      .on('error', () => {});
    this.open();
  }

  /** Starts tracking; again after {@link close}. */
  open(): void {
    if (!this.closed) return;
    this.closed = false;
    this.hasHeard = false;
    this.main.on('ready', this.onMainReady).on('close', this.onMainAway).on('end', this.onMainAway);
    if (this.main.status === 'ready') this.restart();
  }

  /**
   * Resolves as soon as tracking works for the first time.
   * @throws `SessionStoreError` with what prevents it
   */
  async proven(): Promise<void> {
    if (this.hasHeard) return;
    const patience = connectTimeoutOf(this.main);
    const problem = await new Promise<unknown>((resolve) => {
      const settle = (found?: unknown): void => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(found);
      };
      const timer = setTimeout(() => settle(new Error(`no connection within ${patience} ms`)), patience);
      this.waiting.add(settle);
    });
    if (problem !== undefined) throw cannotHear(problem);
  }

  /** Ends its connection and stops listening to the client. */
  close(): void {
    this.closed = true;
    this.main.off('ready', this.onMainReady).off('close', this.onMainAway).off('end', this.onMainAway);
    this.lose();
    for (const settle of this.waiting) settle(new Error('the store is closed'));
    this.listener.disconnect();
  }

  /** Starts again: the store has a new connection, which may lead to another server. */
  private restart(): void {
    this.lose();
    const { status } = this.listener;
    if (status === 'wait' || status === 'end') this.listener.connect().catch(() => {});
    else if (status === 'ready') this.listener.disconnect(true);
    // Otherwise its event `ready` is about to start tracking.
  }

  private restartLater(): void {
    const turn = this.lose();
    if (!this.closed) setTimeout(() => turn === this.turn && this.restart(), RETRY).unref();
  }

  private async begin(): Promise<void> {
    const turn = this.lose();
    if (this.main.status !== 'ready') return;
    const { listener } = this;
    try {
      const [id, there, here] = await Promise.all([
        this.inTime(() => listener.client('ID')),
        this.inTime(() => runIdOf(listener)),
        this.inTime(() => runIdOf(this.main)),
      ]);
      if (here !== there) throw new Error('the connection for changes leads to another server than that of the client');
      if (turn !== this.turn) return;
      await this.inTime(() => listener.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', this.start));
      const at = performance.now();
      await this.inTime(() => listener.subscribe(CHANNEL));
      if (turn !== this.turn) return;
      this.cache.prove(at);
      this.heart = setInterval(() => void this.beat(turn), HEARTBEAT).unref();
      this.hasHeard = true;
      for (const settle of this.waiting) settle();
    } catch (error) {
      if (turn !== this.turn) return;
      for (const settle of this.waiting) settle(error);
      this.restartLater();
    }
  }

  private async beat(turn: number): Promise<void> {
    this.cache.sweep();
    const asked = performance.now();
    try {
      await this.inTime(() => this.listener.ping());
      // Redis reports a change before it answers the client that made it: all changes up to `asked` have been received.
      if (turn === this.turn) this.cache.prove(asked);
    } catch {
      if (turn === this.turn) this.restart();
    }
  }

  /** Makes everything uncertain. @returns the number of the next start */
  private lose(): number {
    clearInterval(this.heart);
    this.cache.doubt();
    return ++this.turn;
  }

  private inTime<T>(command: () => Promise<T>): Promise<T> {
    return this.waits.run(command, FAILURES);
  }

  private hear(names: unknown): void {
    // After FLUSHALL Redis sends no keys.
    if (!Array.isArray(names)) return this.cache.clear();
    for (const name of names) {
      const text = String(name);
      if (text.startsWith(this.start)) this.cache.forget(text.slice(this.start.length));
      else this.cache.clear();
    }
  }
}

/** Identifies one run of one server. */
async function runIdOf(client: Redis): Promise<string> {
  const [, id] = /^run_id:(\S+)/m.exec(await client.info('server')) ?? [];
  if (id === undefined) throw new Error('Redis does not report its run_id, which identifies a server');
  return id;
}

function cannotHear(problem: unknown): SessionStoreError {
  const cause = withoutSecrets(problem);
  const hint = /NOPERM|no permissions/i.test(cause.message)
    ? `the ACL user may not do this. It needs INFO, PING, CLIENT ID, CLIENT TRACKING and SUBSCRIBE, and the channel ${CHANNEL}`
    : /unknown|syntax|wrong number/i.test(cause.message)
      ? 'it needs Redis 6 or later, and no proxy between'
      : 'check that the server takes another connection, and that both lead to the same one';
  return new SessionStoreError(`The near-cache of the session store cannot receive changes: ${hint}.`, { cause });
}
