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

/** The result of a conditional write. */
export type Replaced = 'missing' | 'written' | StoredText;

/** No key lives longer: browsers keep no cookie for more than 400 days. */
const MAX_TTL = 400 * 24 * 3_600_000;

/** A time to live that Redis accepts: whole milliseconds, at least one. */
const ttlOf = (milliseconds: number): number => Math.max(1, Math.ceil(Math.min(milliseconds, MAX_TTL)));

const escapeGlob = (text: string): string => text.replace(/[\\*?[\]^-]/g, '\\$&');

/** Whether a key is that of a session, not of the index and not of a lock. */
const isSession = (name: string): boolean => !name.startsWith(INDEX) && !name.endsWith('.lock');

const isWrongType = ({ cause }: { cause?: unknown }): boolean =>
  cause instanceof Error && cause.message.startsWith('WRONGTYPE');

/** The state to discard; `*` for any: bytes that are not UTF-8 are read with this character, and their hash differs. */
const stateOf = (text: string): string => (text.includes('\ufffd') ? '*' : sha1(text));

/** The SHA-1 of a text as Redis computes it: of its bytes in UTF-8. It identifies a state and is no protection. */
export const sha1 = (text: string): string => hash('sha1', text);

/**
 * All commands of the store, each about one key, and all through the guard. `name` is a key without the prefix.
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

  /** Writes unconditionally. */
  async set(name: string, text: string, ttl: number): Promise<void> {
    await this.write(name, (key) => this.redis.set(key, text, 'PX', ttlOf(ttl)));
  }

  /** Sets the TTL of an existing key. */
  async expire(name: string, ttl: number): Promise<void> {
    await this.write(name, (key) => this.redis.pexpire(key, ttlOf(ttl)));
  }

  /** @returns whether the text was written; false if there was another one */
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
        // Only its bytes differ, so they are not valid UTF-8, and no save could ever replace them.
        await this.redis.nestSessionDiscard(key, '*');
      }
      return Number(status) === 1 ? 'written' : 'missing';
    };
    return this.write(name, command, counts);
  }

  /** Deletes a text and returns it. */
  remove(name: string): Promise<StoredText | undefined> {
    return this.write(name, async (key) => {
      const removed = await this.redis.nestSessionRemove(key);
      return removed ? { text: removed[0], ttl: Number(removed[1]) } : undefined;
    });
  }

  /** Deletes unconditionally. */
  async delete(name: string): Promise<void> {
    await this.write(name, (key) => this.redis.del(key));
  }

  /** Deletes this text, which is no session. @returns false if it was replaced or deleted meanwhile */
  discard(name: string, text: string): Promise<boolean> {
    return this.write(name, async (key) => Number(await this.redis.nestSessionDiscard(key, stateOf(text))) === 1);
  }

  /** Waits for the first connection, then checks that Redis answers and supports all that the store needs. */
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
   * The names under the prefix, in pages, each name once. SCAN ignores `keyPrefix`, and runs on one server only.
   * @param all also names of the index and of locks
   */
  async *names(all = false): AsyncGenerator<string[], void, undefined> {
    await this.guard.connected();
    const masters = mastersOf(this.redis);
    if (masters.length === 0) throw notAvailable('no master of the Cluster is known', undefined);
    const start = keyPrefixOf(this.redis) + this.prefix;
    const pattern = `${escapeGlob(start)}*`;
    // SCAN may return a key twice, and so do two masters while a slot moves.
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

  /** Removes what this process writes from the near-cache at once, without waiting for the invalidation. */
  private async write<T>(name: string, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    this.near?.forget(name);
    try {
      return await this.run(name, command, counts);
    } finally {
      // Also without an answer: the command may have been executed.
      this.near?.forget(name);
    }
  }

  private run<T>(name: string, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    const key = this.prefix + name;
    return this.guard.run(key, () => command(key), counts);
  }
}
