import type { ConfigProblem } from '../errors/session-config.error.js';

/** Used instead of a store: keeps each session in its own cookie. `sealedCookie()` of `nest-session/sealed`. */
export interface CookieStore {
  readonly recordInCookie: true;

  /** What it cannot guarantee. Logged at start. */
  readonly limitations: readonly string[];

  /** Options of the module that it sets. Undefined ones are left to the module. */
  readonly settings: CookieStoreSettings;

  /** What is wrong with its own options. @param production `NODE_ENV` is production */
  problems(production: boolean): readonly ConfigProblem[];
}

/** See {@link CookieStore.settings}. */
export interface CookieStoreSettings {
  readonly name: string;
  /** `maxAge` in milliseconds. */
  readonly cookie: {
    readonly maxAge?: number | undefined;
    readonly httpOnly?: boolean | undefined;
    readonly secure?: boolean | 'auto' | undefined;
    readonly sameSite?: true | 'lax' | 'strict' | 'none' | undefined;
    readonly path?: string | undefined;
    readonly domain?: string | undefined;
    readonly partitioned?: boolean | undefined;
    readonly priority?: 'low' | 'medium' | 'high' | undefined;
  };
  /** Milliseconds; Infinity for never. */
  readonly idleTimeout: number;
  /** `'none'` if copies of a cookie cannot be revoked; else how old its answers may be, in milliseconds. */
  readonly revocation?: 'none' | { readonly staleness: number };
}

/** Whether a value is a {@link CookieStore}. */
export const isCookieStore = (store: unknown): store is CookieStore =>
  typeof store === 'object' && store !== null && 'recordInCookie' in store && store.recordInCookie === true;
