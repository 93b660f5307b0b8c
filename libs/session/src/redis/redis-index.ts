import { randomText } from '../core/random-text.js';
import type { Clock } from '../core/clock.js';
import {
  LONGEST_ENTRY,
  placeName,
  type Entered,
  type IndexedMember,
  type IndexMember,
  type IndexPlace,
  type IndexTerms,
  type SessionIndex,
} from '../stores/indexed-store.js';
import { defineIndexScripts, type IndexScripts } from './index-scripts.js';
import type { RedisClient } from './redis-client.js';
import type { RedisGuard } from './redis-guard.js';

/** What the name of every key of the index begins with, after the prefix. */
export const INDEX = 'index:';

/**
 * The index of the Redis store: one sorted set for each place, which ends by itself. Every operation is one script about
 * one key, so it is atomic, on a Cluster too; nothing is scanned.
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

  async revokedBefore(place: IndexPlace): Promise<number> {
    return Number(await this.run(place, (key) => this.redis.nestSessionRevokedBefore(key, this.now)));
  }

  async enter(place: IndexPlace, member: IndexMember, terms: IndexTerms): Promise<Entered> {
    const { until, revokedBefore, limit = -1, whenFull } = terms;
    const most = Number.isFinite(limit) ? limit : -1;
    const room = whenFull === 'make-room' ? 1 : 0;
    const [status, leaving = []] = await this.run(place, (key) =>
      this.redis.nestSessionEnter(key, this.now, textOf(member), this.dateOf(until), revokedBefore, most, room),
    );
    if (status === 'in') return { status, leaving: leaving.map(memberOf) };
    return status === 'full' ? { status } : { status: 'over', reason: status };
  }

  prolong(
    place: IndexPlace,
    member: IndexMember,
    { until, revokedBefore }: Pick<IndexTerms, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    // Renewals do it, for which no request waits.
    return this.run(
      place,
      (key) => this.redis.nestSessionProlong(key, this.now, textOf(member), this.dateOf(until), revokedBefore),
      false,
    );
  }

  async leave(place: IndexPlace, member: IndexMember): Promise<void> {
    await this.run(place, (key) => this.redis.zrem(key, textOf(member)));
  }

  async members(place: IndexPlace): Promise<readonly IndexedMember[]> {
    return membersOf(await this.run(place, (key) => this.redis.nestSessionMembers(key, this.now)));
  }

  async revokeBefore(place: IndexPlace, time: number, until: number): Promise<readonly IndexedMember[]> {
    const ttl = this.dateOf(until) - this.now;
    return membersOf(await this.run(place, (key) => this.redis.nestSessionRevokeBefore(key, this.now, time, ttl)));
  }

  /** Proves that Redis does all that the index needs. */
  async check(): Promise<void> {
    const place: IndexPlace = { index: 'canary', value: randomText(9) };
    const [one, other] = [
      { key: 'one', createdAt: 1 },
      { key: 'other', createdAt: 2 },
    ] as const;
    const terms = { until: this.now + 1000, revokedBefore: 0, limit: 1, whenFull: 'make-room' } as const;
    await this.enter(place, one, terms);
    await this.enter(place, other, terms);
    await this.leave(place, one);
    await this.leave(place, other);
  }

  private get now(): number {
    return Math.floor(this.clock.now());
  }

  /** A score that Redis keeps to the millisecond. */
  private dateOf(until: number): number {
    return Math.ceil(Math.max(1, Math.min(until, this.now + LONGEST_ENTRY)));
  }

  private run<T>(place: IndexPlace, command: (key: string) => Promise<T>, counts = true): Promise<T> {
    const key = `${this.prefix}${INDEX}${placeName(place)}`;
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
    members.push({ ...memberOf(texts[i] ?? ''), leaving: Number(texts[i + 1]) < 0 });
  return members.sort((one, other) => one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1));
}
