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

type Rates = Readonly<Record<Kind | 'expiry', number>>;
type Figures<Name extends string> = Readonly<Record<Name, number>>;

export const SCENARIOS: Readonly<Record<'the default timeouts' | 'sessions of a month', Scenario>>;
export const COMMANDS: Readonly<Record<Kind, number>>;
export const KEYS: Rates;
export function ratesOf(scenario: Scenario): Rates;
export function planRedis(
  inputs: ScalingInputs,
  scenario: Scenario,
): { readonly rates: Rates } & Figures<
  | 'commands'
  | 'busy'
  | 'bytes'
  | 'reserved'
  | 'withReplicas'
  | 'byMemory'
  | 'byCpu'
  | 'shards'
  | 'servers'
  | 'app'
  | 'appCores'
>;
export function planNearCache(
  inputs: ScalingInputs,
  scenario: Scenario,
  processes?: number,
): Figures<
  | 'processes'
  | 'told'
  | 'bytesPerSecond'
  | 'hearing'
  | 'spared'
  | 'sparedSaturated'
  | 'telling'
  | 'readsSpared'
  | 'mostForApp'
  | 'mostForRedis'
>;
export function planSealed(
  inputs: ScalingInputs,
  scenario: Scenario,
): Figures<'revoked' | 'bytes' | 'commands' | 'busy'>;
