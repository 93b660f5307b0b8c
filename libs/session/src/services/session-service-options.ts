import type { AssuranceLevel } from '../core/session-facts.js';
import type { Duration } from '../options/duration.js';

/** Allows a change of who is logged in on a GET request. */
export interface SafeMethodOptions {
  /**
   * Allows GET and HEAD, for a protocol that returns from the identity provider by a redirect. Check its `state` first.
   * @default false
   */
  allowSafeMethod?: boolean;
}

/** Options of `SessionService.login()`. */
export interface LoginOptions extends SafeMethodOptions {
  /**
   * Keys that are carried over from an anonymous session, or from one of the same user.
   * @default none: what an anonymous visitor left behind is dropped
   */
  keep?: readonly string[];
  /**
   * Keeps the cookie when the browser closes, and the session for this long, in place of both timeouts; or with one of
   * its own for each.
   * @default undefined: the cookie ends with the browser
   * @example
   * { remember: { idle: '7d', absolute: '30d' } }
   */
  remember?: Duration | { readonly idle: Duration; readonly absolute: Duration } | undefined;
  /**
   * Ends this session when it is not used for this long. Not beside `remember`.
   * @default the module's, or what its `timeouts` gives the user
   */
  idleTimeout?: Duration | undefined;
  /**
   * Ends this session this long after now. Not beside `remember`.
   * @default the module's, or what its `timeouts` gives the user
   */
  absoluteTimeout?: Duration | undefined;
  /**
   * The authenticator assurance level of this login (NIST SP 800-63B-4, section 2): what `@RequireAal()` goes by.
   * @default 1
   */
  aal?: AssuranceLevel;
  /** What the module option `authVersion` gives for the user, if it is at hand. @default it is asked */
  authVersion?: string | number;
}

/** Options of `SessionService.beginLogin()`. */
export interface BeginLoginOptions extends SafeMethodOptions {
  /**
   * How long the user has for the second factor.
   * @default '10m'
   */
  ttl?: Duration;
  /** Keys of the anonymous session that are carried over. @default none */
  keep?: readonly string[];
}

/** Options of `SessionService.reauthenticate()`. */
export interface ReauthenticateOptions extends SafeMethodOptions {
  /** The authenticator assurance level of what the user has just shown. @default the session's, as it is */
  aal?: AssuranceLevel;
}

/** Options of `SessionService.elevate()`. */
export interface ElevateOptions extends SafeMethodOptions {
  /** The authenticator assurance level that the session has now. */
  aal: AssuranceLevel;
}

/** Options of `SessionService.impersonate()`. */
export interface ImpersonateOptions extends SafeMethodOptions {
  /**
   * How long at most; never beyond the actor's own absolute deadline.
   * @default '30m'
   */
  for?: Duration;
  /** Why, for the event `impersonated` and the audit trail. At most 256 characters are kept. */
  reason?: string;
}

/** Options of `SessionService.once()`. */
export interface OnceOptions {
  /**
   * How long the value is valid.
   * @default '10m'
   */
  ttl?: Duration;
  /** What belongs to the value and does not leave the session, such as the verifier of PKCE: JSON. */
  data?: unknown;
}
