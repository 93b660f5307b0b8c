// What a fleet needs, worked out from what one machine measured. Pure: docs/scaling.md says what each figure means.

type Kind = 'read' | 'write' | 'login' | 'renewal' | 'logout';

/** Measured costs: bytes, and CPU microseconds. */
export interface ScalingInputs {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly redis: {
    readonly bytesPerSession: number;
    readonly bytesPerRevocation: number;
    readonly cpu: Readonly<Record<Kind, number>>;
    readonly cpuAlone: Readonly<Record<Kind, number>>;
  };
  readonly tracking: {
    readonly lines: readonly { readonly processes: number; readonly redisCpu: number; readonly bytes: number }[];
    readonly redisCpuPerProcess: number;
    readonly bytesPerProcess: number;
    readonly cpuToHear: number;
    readonly keysPerMessage: number;
  };
  readonly app: {
    readonly read: number;
    readonly memoryRead: number;
    readonly write: number;
    readonly login: number;
    readonly few: { readonly read: number; readonly memoryRead: number };
  };
}

/** What is asked for, and how sessions are used. Times in seconds. */
export interface Scenario {
  readonly sessions: number;
  readonly requestsPerSecond: number;
  readonly writeShare: number;
  readonly logoutShare: number;
  readonly appBusy: number;
  readonly redisBusy: number;
  readonly redisHeadroom: number;
  readonly replicas: number;
  readonly shardBytes: number;
  readonly hitRatio: number;
  readonly idleTimeout: number;
  readonly life: number;
  readonly inUse: number;
}

const WANTED = {
  sessions: 10_000_000,
  requestsPerSecond: 100_000,
  /** Of all requests, those that change a session. */
  writeShare: 0.05,
  /** Of all sessions, those that end by a logout; the others expire. */
  logoutShare: 0.2,
  /** Nothing is planned to be busier than this. */
  appBusy: 0.6,
  redisBusy: 0.5,
  /** What Redis takes from the system for each byte that it uses: fragmentation, buffers, a fork for a snapshot. */
  redisHeadroom: 1.5,
  /** Copies of each shard besides the master. */
  replicas: 1,
  /** What one shard is allowed to hold, in bytes. */
  shardBytes: 16e9,
  /** Of the reads with a near-cache, those that find the session there. */
  hitRatio: 0.8,
};

/** Two ways in which sessions are used: they differ in how often sessions begin and are renewed. */
export const SCENARIOS: Readonly<Record<'the default timeouts' | 'sessions of a month', Scenario>> = {
  'the default timeouts': {
    ...WANTED,
    idleTimeout: 1_800,
    /** From login until it is forgotten. */
    life: 3_000,
    /** Sessions that are used at least once within the time after which a renewal is due. */
    inUse: 4_000_000,
  },
  'sessions of a month': { ...WANTED, idleTimeout: 14 * 86_400, life: 30 * 86_400, inUse: 10_000_000 },
};

/** A renewal is due after this share of the idle timeout. */
const RENEW_AFTER = 0.1;

/** Commands that each takes, and keys that it changes: the record, the entry of its user, and that of its handle. */
export const COMMANDS: Readonly<Record<Kind, number>> = { read: 1, write: 1, login: 4, renewal: 3, logout: 3 };
export const KEYS: Rates = { read: 0, write: 1, login: 3, renewal: 3, logout: 3, expiry: 3 };

const sum = <K>(kinds: readonly K[], of: (kind: K) => number): number =>
  kinds.reduce((total, kind) => total + of(kind), 0);
const STORED: readonly Kind[] = ['read', 'write', 'login', 'renewal', 'logout'];

type Rates = Readonly<Record<Kind | 'expiry', number>>;

/** How often what happens, each second. */
export function ratesOf(scenario: Scenario): Rates {
  const { sessions, requestsPerSecond, writeShare, logoutShare, life, idleTimeout, inUse } = scenario;
  const login = sessions / life;
  const logout = login * logoutShare;
  return {
    read: requestsPerSecond,
    write: requestsPerSecond * writeShare,
    login,
    logout,
    renewal: Math.min(requestsPerSecond, inUse / (idleTimeout * RENEW_AFTER)),
    expiry: login - logout,
  };
}

/** Sessions in Redis. */
export function planRedis(inputs: ScalingInputs, scenario: Scenario) {
  const rates = ratesOf(scenario);
  const commands = sum(STORED, (kind) => rates[kind] * COMMANDS[kind]);
  const busy = sum(STORED, (kind) => rates[kind] * inputs.redis.cpuAlone[kind]) / 1e6;
  const bytes = scenario.sessions * inputs.redis.bytesPerSession;
  const reserved = bytes * scenario.redisHeadroom;
  const byMemory = Math.ceil(reserved / scenario.shardBytes);
  const byCpu = Math.ceil(busy / scenario.redisBusy);
  const shards = Math.max(byMemory, byCpu);
  // The application's own work is none of ours, so this is the least.
  const others = rates.read - rates.write - rates.login - rates.logout;
  const app =
    (others * inputs.app.read + (rates.write + rates.logout) * inputs.app.write + rates.login * inputs.app.login) / 1e6;
  return {
    rates,
    commands,
    busy,
    bytes,
    reserved,
    withReplicas: reserved * (1 + scenario.replicas),
    byMemory,
    byCpu,
    shards,
    servers: shards * (1 + scenario.replicas),
    app,
    appCores: Math.ceil(app / scenario.appBusy),
  };
}

/** The same with a near-cache in every process, one process for each core. */
export function planNearCache(
  inputs: ScalingInputs,
  scenario: Scenario,
  processes = planRedis(inputs, scenario).appCores,
) {
  const { tracking, app, redis } = inputs;
  const rates = ratesOf(scenario);
  const told = sum(Object.keys(KEYS) as (keyof Rates)[], (kind) => rates[kind] * KEYS[kind]);
  const hits = rates.read * scenario.hitRatio;
  // While few requests are under way, which is what a process is planned for; saturated, a round trip costs less.
  const saved = Math.max(0, app.few.read - app.few.memoryRead);
  const savedSaturated = Math.max(0, app.read - app.memoryRead);
  const hearing = told * tracking.cpuToHear;
  const telling = told * tracking.redisCpuPerProcess;
  return {
    processes,
    told,
    bytesPerSecond: told * tracking.bytesPerProcess * processes,
    // Of one core, in each process: what it pays to be told, and what it is spared.
    hearing: hearing / 1e6,
    spared: (hits / processes) * (saved / 1e6),
    sparedSaturated: (hits / processes) * (savedSaturated / 1e6),
    // Of the cores of Redis.
    telling: (telling * processes) / 1e6,
    readsSpared: (hits * redis.cpuAlone.read) / 1e6,
    /** With more processes than this, they pay more than they are spared. */
    mostForApp: (hits * saved) / hearing,
    mostForRedis: (hits * redis.cpuAlone.read) / telling,
  };
}

/** Sealed cookies: nothing in Redis but what ended before its time. Each look-up asks for the session and its user. */
export function planSealed(inputs: ScalingInputs, scenario: Scenario) {
  const { logout } = ratesOf(scenario);
  const revoked = logout * scenario.life;
  const commands = scenario.requestsPerSecond * 2;
  return {
    revoked,
    bytes: revoked * inputs.redis.bytesPerRevocation,
    commands,
    busy: (commands * inputs.redis.cpuAlone.read) / 1e6,
  };
}
