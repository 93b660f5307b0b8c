import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.js';
import type { ConflictResolver } from '../core/merge.js';
import type { SessionUser } from '../core/session-user.js';
import type { UserKeyOf } from '../core/user-key.js';
import type { CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { ResolvedAuthVersion } from './auth-version.js';
import type { ClientOptions } from './client-options.js';
import type { TimeoutPresetName } from './presets.js';
import type { ResolvedRegistryOptions } from './registry-options.js';

/** When sessions and their secrets end. Milliseconds; Infinity for never. */
export interface ResolvedDeadlines {
  readonly idleTimeout: number;
  readonly absoluteTimeout: number;
  readonly preset?: TimeoutPresetName | undefined;
  /** @throws `SessionUsageError` if the application's function returned no durations */
  readonly timeouts?: (user: SessionUser | undefined) => { readonly idle?: number; readonly absolute?: number };
  /** Undefined if secrets are not rotated by age. */
  readonly rotateAfter?: number;
  /** @default 0 */
  readonly rotationGrace?: number;
}

/** `SessionModuleOptions` with every default filled in, checked and frozen, for use by requests. */
export interface ResolvedSessionOptions extends ResolvedDeadlines, ResolvedRegistryOptions {
  readonly secrets: readonly (string | Uint8Array)[];
  readonly name: string;
  readonly cookie: ResolvedCookieOptions;
  /** Attributes that depend on the request, instead of {@link cookie}. */
  readonly cookieFor?: (req: IncomingMessage) => ResolvedCookieOptions;
  /**
   * Application code can neither remove HttpOnly and Secure by `session.cookie`, nor sign in or change the user by
   * `session.user`. @default false
   */
  readonly firm?: boolean;
  readonly store: SessionStore | CookieStore;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  readonly resave: boolean;
  readonly unset: 'destroy' | 'keep';
  /** Undefined for the library's own. */
  readonly genid?: (req: IncomingMessage) => string;
  /** @default 'tell' */
  readonly onReuse?: 'tell' | 'end';
  /** `'first'` trusts the first of several entries, as express-session does. */
  readonly proxy: boolean | 'first' | undefined;
  /** Milliseconds. */
  readonly cache?: number | undefined;
  readonly onStoreError: 'fail' | 'anonymous';
  readonly resolve: ConflictResolver;
  readonly lazy: boolean;
  readonly authVersion?: ResolvedAuthVersion;
  readonly client?: ClientOptions | undefined;
  readonly toSession?: ((user: SessionUser) => SessionUser) | undefined;
  /** @throws `SessionUsageError` if the application's function gave no text */
  readonly userKey?: UserKeyOf | undefined;
  /** @default Infinity */
  readonly maxSessionBytes?: number;
  readonly clock: Clock;
  /** Logged once at start. */
  readonly notices: readonly string[];
  /** Warnings at every start. @default none */
  readonly warnings?: readonly string[];
}

/** Cookie attributes of a new session. */
export interface ResolvedCookieOptions {
  readonly maxAge: number | null;
  readonly httpOnly: boolean;
  readonly secure: boolean | 'auto' | undefined;
  readonly sameSite: 'lax' | 'strict' | 'none' | 'auto' | boolean | undefined;
  readonly path: string;
  readonly domain: string | undefined;
  readonly partitioned: boolean | undefined;
  readonly priority: 'low' | 'medium' | 'high' | undefined;
}
