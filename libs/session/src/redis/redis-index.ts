import { randomText } from '../core/random-text.js';
import type { Clock } from '../core/clock.js';
import {
  MAX_ENTRY_LIFETIME,
  indexKeyName,
  type AddResult,
  type IndexedMember,
  type IndexMember,
  type IndexKey,
  type EntryOptions,
  type SessionIndex,
} from '../stores/indexed-store.js';
import { defineIndexScripts, type IndexScripts } from './index-scripts.js';
import type { RedisClient } from './redis-client.js';
import type { RedisGuard } from './redis-guard.js';

/** Every key of the index begins with this, after the prefix. */
export const INDEX = 'index:';

/**
 * The index of the Redis store: one sorted set per index key, which expires by itself. Every operation is one script on
 * one key, so it is atomic, on a Cluster too. Nothing is scanned.
 */
export class RedisIndex implements SessionIndex {
  private readonly redis: RedisClient & IndexScripts;

  constructor(
    client: RedisClient,
    private readonly guard: RedisGuard,
    private readonly prefix: string,
    private readonly clock: Clock,
  ) {
    this.redis = defineIndexScripts(client);
  }

  async revokedBefore(indexKey: IndexKey): Promise<number> {
    return Number(await this.run(indexKey, (key) => this.redis.nestSessionRevokedBefore(key, this.now)));
  }

  async add(indexKey: IndexKey, member: IndexMember, options: EntryOptions): Promise<AddResult> {
    const { until, revokedBefore, limit = -1, whenFull } = options;
    const atMost = Number.isFinite(limit) ? limit : -1;
    const evicts = whenFull === 'evict' ? 1 : 0;
    const [status, evicting = []] = await this.run(indexKey, (key) =>
      this.redis.nestSessionAdd(key, this.now, textOf(member), this.dateOf(until), revokedBefore, atMost, evicts),
    );
    if (status === 'in') return { status, evicting: evicting.map(memberOf) };
    return status === 'full' ? { status } : { status: 'over', reason: status };
  }

  extend(
    indexKey: IndexKey,
    member: IndexMember,
    { until, revokedBefore }: Pick<EntryOptions, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    // Only renewals call this, and no request waits for them: a failure does not open the circuit.
    return this.run(
      indexKey,
      (key) => this.redis.nestSessionExtend(key, this.now, textOf(member), this.dateOf(until), revokedBefore),
      false,
    );
  }

  async remove(indexKey: IndexKey, member: IndexMember): Promise<void> {
    await this.run(indexKey, (key) => this.redis.zrem(key, textOf(member)));
  }

  async members(indexKey: IndexKey): Promise<readonly IndexedMember[]> {
    return membersOf(await this.run(indexKey, (key) => this.redis.nestSessionMembers(key, this.now)));
  }

  async revokeBefore(indexKey: IndexKey, time: number, until: number): Promise<readonly IndexedMember[]> {
    const ttl = this.dateOf(until) - this.now;
    return membersOf(await this.run(indexKey, (key) => this.redis.nestSessionRevokeBefore(key, this.now, time, ttl)));
  }

  /** Checks that Redis supports everything that the index needs. */
  async check(): Promise<void> {
    const indexKey: IndexKey = { index: 'canary', value: randomText(9) };
    const [one, other] = [
      { key: 'one', createdAt: 1 },
      { key: 'other', createdAt: 2 },
    ] as const;
    const options = { until: this.now + 1000, revokedBefore: 0, limit: 1, whenFull: 'evict' } as const;
    await this.add(indexKey, one, options);
    await this.add(indexKey, other, options);
    await this.remove(indexKey, one);
    await this.remove(indexKey, other);
  }

  private get now(): number {
    return Math.floor(this.clock.now());
  }

  /** A score that Redis keeps to the millisecond. */
  private dateOf(until: number): number {
    return Math.ceil(Math.max(1, Math.min(until, this.now + MAX_ENTRY_LIFETIME)));
  }

  private run<T>(indexKey: IndexKey, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    const key = `${this.prefix}${INDEX}${indexKeyName(indexKey)}`;
    return this.guard.run(key, () => command(key), counts);
  }
}

const textOf = ({ key, createdAt }: IndexMember): string => `${createdAt}:${key}`;

function memberOf(text: string): IndexMember {
  const colon = text.indexOf(':');
  return { createdAt: Number(text.slice(0, colon)), key: text.slice(colon + 1) };
}

function membersOf(texts: readonly string[]): IndexedMember[] {
  const members: IndexedMember[] = [];
  for (let i = 0; i + 1 < texts.length; i += 2)
    members.push({ ...memberOf(texts[i] ?? ''), evicting: Number(texts[i + 1]) < 0 });
  return members.sort((one, other) => one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1));
}
