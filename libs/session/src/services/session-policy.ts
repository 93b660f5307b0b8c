import type { TimeoutPresetName } from '../options/presets.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { isCookieStore } from '../stores/cookie-store.js';
import { stalenessOf as stalenessOfStore } from '../stores/session-store.js';

/** The policy in effect, from the options, their defaults and the store. It contains no secrets. */
export interface SessionPolicy {
  readonly deadlines: {
    /** Milliseconds, or `'never'`. */
    readonly idleTimeout: number | 'never';
    /** Milliseconds, or `'never'`. */
    readonly absoluteTimeout: number | 'never';
    readonly preset: TimeoutPresetName | 'none';
    /** Whether the option `timeouts` is set. */
    readonly byUser: boolean;
    readonly rolling: boolean;
  };
  readonly rotation: {
    /** Milliseconds after which a secret is rotated, or `'never'`. */
    readonly after: number | 'never';
    /** How long (ms) the previous secret is accepted. */
    readonly grace: number;
  };
  readonly cookie: {
    readonly name: string;
    /** Milliseconds, or `'browser'` for a cookie that ends with it. */
    readonly maxAge: number | 'browser';
    readonly secure: boolean | 'auto';
    readonly httpOnly: boolean;
    readonly sameSite: string;
    readonly path: string;
    /** `'this host only'` without one. */
    readonly domain: string;
    readonly partitioned: boolean;
    readonly priority: 'low' | 'medium' | 'high' | 'none';
  };
  readonly store: {
    /** The name of its class. */
    readonly kind: string;
    /** Where the record of a session is. */
    readonly engine: 'server' | 'sealed';
    /** How records are named in the store. */
    readonly keys: 'hashed' | 'plain' | 'none';
    readonly limitations: readonly string[];
    readonly onError: 'fail' | 'anonymous';
  };
  readonly revocation: {
    /** How long (ms) a session may stay valid after another process ended it; `'unbounded'` if copies cannot be revoked. */
    readonly staleness: number | 'unbounded';
  };
  readonly lazy: boolean;
  readonly saveUninitialized: boolean;
  /** How many secrets verify a cookie; the first one signs. */
  readonly secrets: number;
}

/** The policy of some options. */
export function policyOf(options: ResolvedSessionOptions): SessionPolicy {
  const { cookie, store } = options;
  const inCookie = isCookieStore(store);
  const rotateAfter = options.rotateAfter ?? Infinity;
  return freeze({
    deadlines: {
      idleTimeout: finite(options.idleTimeout),
      absoluteTimeout: finite(options.absoluteTimeout),
      preset: options.preset ?? 'none',
      byUser: options.timeouts !== undefined,
      rolling: options.rolling,
    },
    rotation: { after: finite(rotateAfter), grace: Number.isFinite(rotateAfter) ? (options.rotationGrace ?? 0) : 0 },
    cookie: {
      name: options.name,
      maxAge: cookie.maxAge ?? 'browser',
      secure: cookie.secure ?? false,
      httpOnly: cookie.httpOnly,
      sameSite: String(cookie.sameSite ?? 'none set'),
      path: cookie.path,
      domain: cookie.domain ?? 'this host only',
      partitioned: cookie.partitioned ?? false,
      priority: cookie.priority ?? 'none',
    },
    store: {
      kind: store.constructor.name,
      engine: inCookie ? 'sealed' : 'server',
      keys: inCookie ? 'none' : (store.keys ?? 'hashed'),
      limitations: [...(store.limitations ?? [])],
      onError: options.onStoreError,
    },
    revocation: { staleness: stalenessOf(options) },
    lazy: options.lazy,
    saveUninitialized: options.saveUninitialized,
    secrets: inCookie ? 0 : options.secrets.length,
  });
}

/** A policy as readable text, one line for each part. */
export function formatPolicy(policy: SessionPolicy): string {
  const lines = Object.entries(policy).map(([part, value]: [string, unknown]) => `${part}: ${words(value)}`);
  return ['Session policy', ...lines].join('\n  ');
}

function stalenessOf({ store, cache = 0 }: ResolvedSessionOptions): number | 'unbounded' {
  if (!isCookieStore(store)) return cache + stalenessOfStore(store);
  const { revocation = 'none' } = store.settings;
  return revocation === 'none' ? 'unbounded' : revocation.staleness;
}

const finite = (ms: number): number | 'never' => (Number.isFinite(ms) ? ms : 'never');

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** Keys whose numbers are milliseconds. */
const TIMES = new Set(['idleTimeout', 'absoluteTimeout', 'after', 'grace', 'maxAge', 'staleness']);

function words(value: unknown, key = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => JSON.stringify(one)).join(' ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inner]: [string, unknown]) => `${name} ${words(inner, name)}`)
      .join(', ');
  return typeof value === 'number' && TIMES.has(key) ? span(value) : String(value);
}

function span(ms: number): string {
  const unit = UNITS.find(([, length]) => ms >= length && ms % length === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}
