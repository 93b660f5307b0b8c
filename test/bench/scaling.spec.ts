import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planNearCache, planRedis, planSealed, SCENARIOS, type ScalingInputs } from '../../bench/lib/scaling.ts';
import { pageWith, sectionIn, sectionsOf } from '../../bench/lib/scaling-page.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const recorded = JSON.parse(read('bench/scaling-inputs.json')) as ScalingInputs;
const page = read('docs/scaling.md');

/** Without what a formatter aligns. */
const plain = (text: string): string =>
  text
    .replaceAll(/-{3,}/g, '---')
    .replaceAll(/[ \t]+/g, ' ')
    .trim();

/** Costs with which every result can be worked out by hand. */
const inputs = {
  ...recorded,
  redis: {
    bytesPerSession: 1_000,
    bytesPerRevocation: 100,
    cpu: { read: 1, write: 1, login: 1, renewal: 1, logout: 1 },
    cpuAlone: { read: 10, write: 20, login: 40, renewal: 30, logout: 50 },
  },
  app: { read: 100, memoryRead: 90, write: 200, login: 300, few: { read: 150, memoryRead: 100 } },
  tracking: { lines: [], redisCpuPerProcess: 0.1, bytesPerProcess: 60, cpuToHear: 4, keysPerMessage: 1 },
};
const scenario = {
  ...SCENARIOS['the default timeouts'],
  sessions: 3_000_000,
  requestsPerSecond: 10_000,
  life: 3_000,
  idleTimeout: 1_000,
  inUse: 200_000,
};
// Each second: 10,000 reads, 500 writes, 1,000 logins, 200 logouts, 2,000 renewals, 800 that expire.

describe('docs/scaling.md', () => {
  it.each(Object.entries(sectionsOf(recorded)))('has the table "%s" that the recorded costs give', (name, section) => {
    expect(plain(sectionIn(page, name).text)).toBe(plain(section));
  });

  it('would notice other costs', () => {
    const other = { ...recorded, redis: { ...recorded.redis, bytesPerSession: recorded.redis.bytesPerSession + 100 } };
    expect(plain(pageWith(page, other))).not.toBe(plain(page));
  });

  it('says in words what its scenarios say in numbers', () => {
    const [usual, long] = Object.values(SCENARIOS).map((one) => planRedis(recorded, one).rates);
    const whole = (value = NaN): string => Math.round(value).toLocaleString('en');
    // A line may end within a sentence.
    const words = page.replace(/\s+/g, ' ');
    expect(words).toContain(`10,000,000 / 3,000 s = ${whole(usual?.login)} logins`);
    expect(words).toContain(`4,000,000 / 180 s = ${whole(usual?.renewal)} are renewed`);
    expect(words).toContain(`${long?.login.toFixed(1)} logins per second`);
    expect(words).toContain(`1.4 days: ${whole(long?.renewal)} per second`);
  });
});

describe('what a fleet needs', () => {
  it('is worked out for sessions in Redis', () => {
    expect(planRedis(inputs, scenario)).toMatchObject({
      rates: { read: 10_000, write: 500, login: 1_000, logout: 200, renewal: 2_000, expiry: 800 },
      commands: 10_000 + 500 + 4 * 1_000 + 3 * 2_000 + 3 * 200,
      busy: (100_000 + 10_000 + 40_000 + 60_000 + 10_000) / 1e6,
      bytes: 3e9,
      reserved: 4.5e9,
      withReplicas: 9e9,
      shards: 1,
      servers: 2,
      // 8,300 other requests, 700 that change or end a session, 1,000 logins
      app: (830_000 + 140_000 + 300_000) / 1e6,
      appCores: 3,
    });
  });

  it('has as many shards as memory asks for, or CPU if that is more', () => {
    const shardsOf = (change: Partial<typeof scenario>) => planRedis(inputs, { ...scenario, ...change }).shards;
    expect(shardsOf({ shardBytes: 1e9 })).toBe(5);
    expect(shardsOf({ redisBusy: 0.1 })).toBe(3);
  });

  it('renews no more often than there are requests', () => {
    expect(planRedis(inputs, { ...scenario, inUse: 10_000_000 }).rates.renewal).toBe(10_000);
  });

  it('is worked out for a near-cache', () => {
    const told = 500 + 3 * (1_000 + 2_000 + 200 + 800);
    const plan = planNearCache(inputs, scenario, 10);
    expect(plan).toMatchObject({ processes: 10, told, bytesPerSecond: told * 60 * 10 });
    expect(plan.hearing).toBeCloseTo((told * 4) / 1e6);
    expect(plan.spared).toBeCloseTo((800 * 50) / 1e6);
    expect(plan.sparedSaturated).toBeCloseTo((800 * 10) / 1e6);
    expect(plan.telling).toBeCloseTo((told * 0.1 * 10) / 1e6);
    expect(plan.readsSpared).toBeCloseTo(0.08);
    // With so many processes, each pays what it is spared.
    const even = planNearCache(inputs, scenario, plan.mostForApp);
    expect(even.hearing).toBeCloseTo(even.spared);
    const evenRedis = planNearCache(inputs, scenario, plan.mostForRedis);
    expect(evenRedis.telling).toBeCloseTo(evenRedis.readsSpared);
  });

  it('is worked out for sealed cookies', () => {
    expect(planSealed(inputs, scenario)).toEqual({ revoked: 600_000, bytes: 6e7, commands: 20_000, busy: 0.2 });
  });
});
