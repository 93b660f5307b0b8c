import { hash } from 'node:crypto';
import { randomText } from '../core/random-text.js';
import type { NearCache } from './near-cache.js';
import { keyPrefixOf, mastersOf, type RedisClient } from './redis-client.js';
import { notAvailable } from './redis-errors.js';
import { INDEX, type RedisIndex } from './redis-index.js';
import type { RedisGuard } from './redis-guard.js';
import { defineScripts, type ScriptCommands } from './redis-scripts.js';

/** A stored text, and how long its key lives (ms, negative if it has no end). */
export interface StoredText {
  readonly text: string;
  readonly ttl: number;
}

/** What came of a conditional write. */
export type Replaced = 'missing' | 'written' | StoredText;

/** No key lives longer: browsers keep no cookie for more than 400 days either. */
const MAX_TTL = 400 * 24 * 3_600_000;

/** A time to live that Redis accepts: whole milliseconds, at least one. */
const ttlOf = (milliseconds: number): number => Math.max(1, Math.ceil(Math.min(milliseconds, MAX_TTL)));

const escapeGlob = (text: string): string => text.replace(/[\\*?[\]^-]/g, '\\$&');

/** Whether a key is a session's: not of the index, nor a lock beside a session. */
const isSession = (name: string): boolean => !name.startsWith(INDEX) && !name.endsWith('.lock');

const isWrongType = ({ cause }: { cause?: unknown }): boolean =>
  cause instanceof Error && cause.message.startsWith('WRONGTYPE');

/** Deletes any state: what is not UTF-8 reads as text with this character, whose hash is not that of the bytes. */
const stateOf = (text: string): string => (text.includes('\ufffd') ? '*' : sha1(text));

/** The SHA-1 of a text as Redis computes it: of its bytes in UTF-8. It names a state, it protects nothing. */
export const sha1 = (text: string): string => hash('sha1', text);

/**
 * Everything that the store asks of Redis: commands about one key each, through the guard. `name` is a key without
 * the prefix.
 */
export class RedisCommands {
  private readonly redis: RedisClient & ScriptCommands;

  constructor(
    client: RedisClient,
    private readonly guard: RedisGuard,
    private readonly prefix: string,
    private readonly scanCount: number,
    private readonly index: RedisIndex,
    private readonly near?: NearCache,
  ) {
    this.redis = defineScripts(client);
  }

  /** One GET. A value of another type is no session: it is deleted, and there is none. */
  get(name: string): Promise<string | null> {
    const key = this.prefix + name;
    return this.guard
      .run(key, () => this.redis.get(key))
      .catch(async (error: Error) => {
        if (!isWrongType(error)) throw error;
        await this.guard.run(key, () => this.redis.nestSessionDiscard(key, ''));
        return null;
      });
  }

  /** How long a key lives in milliseconds; negative if it has no end or is gone. */
  ttl(name: string): Promise<number> {
    return this.run(name, async (key) => Number(await this.redis.pttl(key)));
  }

  /** Writes, whatever is there. */
  async set(name: string, text: string, ttl: number): Promise<void> {
    await this.write(name, (key) => this.redis.set(key, text, 'PX', ttlOf(ttl)));
  }

  /** Lets a key that is there live so long from now. */
  async expire(name: string, ttl: number): Promise<void> {
    await this.write(name, (key) => this.redis.pexpire(key, ttlOf(ttl)));
  }

  /** @returns whether the text is there now; false if something else was */
  create(name: string, text: string, ttl: number): Promise<boolean> {
    return this.write(name, async (key) => Number(await this.redis.nestSessionCreate(key, text, ttlOf(ttl))) === 1);
  }

  /**
   * Writes only over the state that `version` names.
   * @param counts see {@link RedisGuard.run}
   */
  replace(name: string, version: string, text: string, ttl: number, counts = true): Promise<Replaced> {
    const command = async (key: string): Promise<Replaced> => {
      const [status, current, rest] = await this.redis.nestSessionReplace(key, version, text, ttlOf(ttl));
      if (current !== undefined) {
        if (sha1(current) !== version) return { text: current, ttl: Number(rest) };
        // It differs in nothing but its bytes, so they are no text, and no save could ever replace them.
        await this.redis.nestSessionDiscard(key, '*');
      }
      return Number(status) === 1 ? 'written' : 'missing';
    };
    return this.write(name, command, counts);
  }

  /** Deletes, and hands back what was there. */
  remove(name: string): Promise<StoredText | undefined> {
    return this.write(name, async (key) => {
      const removed = await this.redis.nestSessionRemove(key);
      return removed ? { text: removed[0], ttl: Number(removed[1]) } : undefined;
    });
  }

  /** Deletes, whatever is there. */
  async delete(name: string): Promise<void> {
    await this.write(name, (key) => this.redis.del(key));
  }

  /** Deletes this text, which is no session. @returns false if somebody has replaced or deleted it meanwhile */
  discard(name: string, text: string): Promise<boolean> {
    return this.write(name, async (key) => Number(await this.redis.nestSessionDiscard(key, stateOf(text))) === 1);
  }

  /** Waits for the first connection, then proves that Redis answers and does all that the store needs. */
  async check(): Promise<void> {
    await this.guard.connected();
    await this.guard.run(undefined, () => this.redis.ping());
    const name = `canary:${randomText(9)}`;
    await this.create(name, name, 1000);
    await this.replace(name, sha1(name), `${name}.`, 1000);
    await this.remove(name);
    await this.index.check();
  }

  /**
   * The names under the prefix, in pages, each name once. SCAN knows nothing of `keyPrefix`, and asks one server alone.
   * @param all also those of the index and of locks, which are no sessions
   */
  async *names(all = false): AsyncGenerator<string[], void, undefined> {
    await this.guard.connected();
    const masters = mastersOf(this.redis);
    if (masters.length === 0) throw notAvailable('no master of the Cluster is known', undefined);
    const start = keyPrefixOf(this.redis) + this.prefix;
    const pattern = `${escapeGlob(start)}*`;
    // SCAN may name a key twice, and so do two masters while a slot moves.
    const seen = new Set<string>();
    for (const master of masters) {
      let cursor = '0';
      do {
        const scan = () => master.scan(cursor, 'MATCH', pattern, 'COUNT', this.scanCount);
        const [next, keys] = await this.guard.run(undefined, scan);
        cursor = next;
        const fresh = keys.filter((key) => !seen.has(key));
        for (const key of fresh) seen.add(key);
        const names = fresh.map((key) => key.slice(start.length));
        yield all ? names : names.filter(isSession);
      } while (cursor !== '0');
    }
  }

  /** What this process writes, it need not hear of: the near-cache forgets it at once. */
  private async write<T>(name: string, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    this.near?.forget(name);
    try {
      return await this.run(name, command, counts);
    } finally {
      // Also without an answer: it may have been carried out.
      this.near?.forget(name);
    }
  }

  private run<T>(name: string, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    const key = this.prefix + name;
    return this.guard.run(key, () => command(key), counts);
  }
}
