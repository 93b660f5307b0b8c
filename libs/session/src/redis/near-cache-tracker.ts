import { randomInt } from 'node:crypto';
import type { Redis, RedisOptions } from 'ioredis';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { NearCache } from './near-cache.js';
import { connectTimeoutOf, keyPrefixOf } from './redis-client.js';
import { withoutSecrets } from './redis-errors.js';
import { SharedTimeout, type Failures } from '../stores/shared-timeout.js';

/** The server is asked this often (ms) whether it still tells of changes, */
const HEARTBEAT = 1000;
/** and waited for so long (ms). */
const PATIENCE = 500;
/** How long it stays certain (ms) that no change went unheard, counted from when the last answered question was sent. */
export const PROOF_LASTS = HEARTBEAT + PATIENCE;

/** After a refusal it begins anew after this time (ms). */
const RETRY = 1000;

// Where Redis tells a connection of protocol 2 about keys that changed.
const CHANNEL = '__redis__:invalidate';

const FAILURES: Failures = { failed: withoutSecrets };

/**
 * Hears of every change under the prefix, over a connection of its own, and tells the near-cache what is certain.
 *
 * It fails closed: without a connection to the very server that the store talks to, proven by an answer of that moment,
 * the cache is empty and stays so.
 */
export class NearCacheTracker {
  private readonly listener: Redis;
  private readonly waits = new SharedTimeout(PATIENCE);
  private readonly start: string;
  /** Counts what has begun; what belongs to an earlier one is over. */
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
      // ioredis drops what Redis tells by protocol 3, and a connection of protocol 3 cannot be redirected to.
      protocol: 2,
      replyMapping: 'legacy',
      // It would stand before the channel too.
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
      // Whatever it is, the connection closes after it, or an answer stays away.
      .on('error', () => {});
    this.open();
  }

  /** Takes hold of the client, again after {@link close}. */
  open(): void {
    if (!this.closed) return;
    this.closed = false;
    this.hasHeard = false;
    this.main.on('ready', this.onMainReady).on('close', this.onMainAway).on('end', this.onMainAway);
    if (this.main.status === 'ready') this.restart();
  }

  /**
   * Resolves if changes were heard of before, or as soon as they are for the first time.
   * @throws `SessionStoreError` with what keeps them away
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

  /** Ends its connection, and lets go of the client. */
  close(): void {
    this.closed = true;
    this.main.off('ready', this.onMainReady).off('close', this.onMainAway).off('end', this.onMainAway);
    this.lose();
    for (const settle of this.waiting) settle(new Error('the store is closed'));
    this.listener.disconnect();
  }

  /** Begins anew: the store's own connection is new, and may lead to another server. */
  private restart(): void {
    this.lose();
    const { status } = this.listener;
    if (status === 'wait' || status === 'end') this.listener.connect().catch(() => {});
    else if (status === 'ready') this.listener.disconnect(true);
    // Otherwise it is about to be ready, which begins.
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
      // Redis tells of a change before it answers whoever made it: all that was answered by `asked` has been heard of.
      if (turn === this.turn) this.cache.prove(asked);
    } catch {
      if (turn === this.turn) this.restart();
    }
  }

  /** Nothing is certain any more. @returns what goes on from here */
  private lose(): number {
    clearInterval(this.heart);
    this.cache.doubt();
    return ++this.turn;
  }

  private inTime<T>(command: () => Promise<T>): Promise<T> {
    return this.waits.run(command, FAILURES);
  }

  private hear(names: unknown): void {
    // After FLUSHALL Redis names none.
    if (!Array.isArray(names)) return this.cache.clear();
    for (const name of names) {
      const text = String(name);
      if (text.startsWith(this.start)) this.cache.forget(text.slice(this.start.length));
      else this.cache.clear();
    }
  }
}

/** What no other server has, and none has again after a restart. */
async function runIdOf(client: Redis): Promise<string> {
  const [, id] = /^run_id:(\S+)/m.exec(await client.info('server')) ?? [];
  if (id === undefined) throw new Error('Redis does not tell its run_id, by which a server is known');
  return id;
}

function cannotHear(problem: unknown): SessionStoreError {
  const cause = withoutSecrets(problem);
  const hint = /NOPERM|no permissions/i.test(cause.message)
    ? `the ACL user may not do this. It needs INFO, PING, CLIENT ID, CLIENT TRACKING and SUBSCRIBE, and the channel ${CHANNEL}`
    : /unknown|syntax|wrong number/i.test(cause.message)
      ? 'it needs Redis 6 or later, and no proxy between'
      : 'check that the server takes another connection, and that both lead to the same one';
  return new SessionStoreError(`The near-cache of the session store cannot hear of changes: ${hint}.`, { cause });
}
