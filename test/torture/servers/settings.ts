/** Where the sessions of a server process live. */
export type StoreSettings =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly sentinels: { host: string; port: number }[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: { host: string; port: number }[] }
  | { readonly kind: 'sqlite'; readonly path: string };

/** What a server process is told when it is started. */
export interface ServerSettings {
  readonly store: StoreSettings;
  /** Milliseconds that every write waits before it is sent to the store. */
  readonly slowWrites?: number;
  /** Which framework the Nest application runs on. */
  readonly platform?: 'express' | 'fastify';
  /** With the applications of {@link ConflictUrls}. */
  readonly conflicts?: boolean;
}

/** Both applications of a process have the same sessions; the second one renews with every response. */
export interface Addresses {
  readonly url: string;
  readonly rollingUrl: string;
  readonly conflictUrls?: ConflictUrls;
}

/** Applications with the same sessions and other options. */
export interface ConflictUrls {
  /** Two minutes ago: for sessions that are of age at once. */
  readonly past: string;
  /** Renews secrets that are older than a minute. */
  readonly aged: string;
  /** Renews secrets, and never those of a test. */
  readonly young: string;
  /** Two sessions for each user; the oldest one makes room. */
  readonly limited: string;
  /** Two sessions for each user; a third one is refused. */
  readonly refusing: string;
}

export const COOKIE = 'sid';
export const SECRET = 'a secret of the torture suite, long enough';
