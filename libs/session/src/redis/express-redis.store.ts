import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import { digest } from '../core/digest.js';
import type { RedisCommands } from './redis-commands.js';
import type { RedisClient } from './redis-client.js';
import type { ResolvedRedisOptions } from './redis-options.js';

/** The callback by which express-session gets the result of a call. */
export type StoreCallback<T = void> = (error?: unknown, value?: T) => void;

/** How long (ms) a session without `cookie.expires` is kept: a day, as in connect-redis. */
const DEFAULT_TTL = 86_400_000;

/**
 * The express-session interface of the store. Unlike connect-redis it works on a Cluster and with `keyPrefix`, has timeouts,
 * and does not fail for a record that cannot be read. Every method that uses data is overridden: only the type and the
 * fields of the base class are used, so the same code runs with every major version of connect-redis.
 *
 * These writes are unconditional, as express-session expects. With `ids: 'hashed'`, `get`, `set`, `touch` and
 * `destroy` take the session id, and `ids` and `all` give hashes of them.
 */
export class ExpressRedisStore extends RedisStore {
  constructor(
    client: RedisClient,
    protected readonly commands: RedisCommands,
    protected readonly options: ResolvedRedisOptions,
  ) {
    const { prefix, scanCount, serializer } = options;
    super({ client, prefix, scanCount, ...(serializer && { serializer }) });
  }

  override get(sid: string, callback?: StoreCallback<SessionData | null>): Promise<SessionData | null> {
    return answer(this.fetch(this.nameOf(sid)), callback);
  }

  override set(sid: string, session: SessionData, callback?: StoreCallback): Promise<void> {
    return answer(this.put(sid, session), callback);
  }

  override touch(sid: string, session: SessionData, callback?: StoreCallback): Promise<void> {
    return answer(this.commands.expire(this.nameOf(sid), this.lifetime(session)), callback);
  }

  override destroy(sid: string, callback?: StoreCallback): Promise<void> {
    return answer(this.commands.delete(this.nameOf(sid)), callback);
  }

  override ids(callback?: StoreCallback<string[]>): Promise<string[]> {
    return answer(
      this.collect((names) => Promise.resolve(names)),
      callback,
    );
  }

  override length(callback?: StoreCallback<number>): Promise<number> {
    const count = this.collect((names) => Promise.resolve(names)).then((names) => names.length);
    return answer(count, callback);
  }

  override all(callback?: StoreCallback<SessionData[]>): Promise<SessionData[]> {
    return answer(
      this.collect((names) => this.fetchAll(names)),
      callback,
    );
  }

  override clear(callback?: StoreCallback): Promise<void> {
    const remove = (names: string[]) => Promise.all(names.map((name) => this.commands.delete(name)));
    const cleared = this.collect(remove, true).then(() => {});
    return answer(cleared, callback);
  }

  private nameOf(sid: string): string {
    return this.options.ids === 'plain' ? sid : digest(sid);
  }

  private async fetch(name: string): Promise<SessionData | null> {
    const text = await this.commands.get(name);
    if (text === null) return null;
    try {
      return await this.serializer.parse(text);
    } catch {
      await this.commands.discard(name, text);
      return null;
    }
  }

  private async fetchAll(names: string[]): Promise<SessionData[]> {
    const found = await Promise.all(names.map((name) => this.fetch(name)));
    // One that ended since the scan is left out. Each gets its `id`, as in connect-redis.
    return found.flatMap((session, index) => (session ? [Object.assign(session, { id: names[index] })] : []));
  }

  private async put(sid: string, session: SessionData): Promise<void> {
    const name = this.nameOf(sid);
    const lifetime = this.lifetime(session);
    if (lifetime <= 0) await this.commands.delete(name);
    else await this.commands.set(name, this.serializer.stringify(session), lifetime);
  }

  private lifetime(session: SessionData): number {
    const expires = session.cookie?.expires;
    return expires ? new Date(expires).getTime() - this.options.clock.now() : DEFAULT_TTL;
  }

  private async collect<T>(page: (names: string[]) => Promise<T[]>, all = false): Promise<T[]> {
    const found: T[] = [];
    for await (const names of this.commands.names(all)) found.push(...(await page(names)));
    return found;
  }
}

/** Passes the result to the callback, if there is one; otherwise to the promise. */
async function answer<T>(work: Promise<T>, callback?: StoreCallback<T>): Promise<T> {
  if (!callback) return work;
  let value: T;
  try {
    value = await work;
  } catch (error) {
    callback(error);
    return undefined as T;
  }
  callback(null, value);
  return value;
}
