import type { SessionUser } from '../core/session-user.js';
import type { Duration } from '../options/duration.js';
import type { AnySession, ReadSession } from './read-session.js';

/** Options of {@link WritableSession.login}. */
export interface ReaderLoginOptions {
  /**
   * Keys of the session before that are kept.
   * @default none: values of an anonymous session are dropped
   */
  keep?: readonly string[] | undefined;
  /**
   * Remember me: keeps the session and its cookie for this long, instead of both timeouts.
   * @default undefined: the timeouts of the options
   */
  remember?: Duration | undefined;
  /**
   * Allows GET and HEAD, for a protocol that returns from the identity provider by a redirect. Check its `state` first.
   * @default false
   */
  allowSafeMethod?: boolean | undefined;
}

/** The user that {@link WritableSession.login} takes. */
export type UserOf<T extends object> = T extends { user?: infer User } ? NonNullable<User> & SessionUser : SessionUser;

/**
 * A sealed session that can be changed where cookies can be set. Change {@link data}, then await {@link save}: nothing is
 * saved without it. A request without a session gets an empty one, which is not kept until it is saved.
 *
 * Every method rejects with
 * - `SessionUsageError`, code `SESSION_NOT_WRITABLE`, where no cookie can be set, as in a Server Component, and
 *   `SESSION_HEADERS_SENT` after the response has begun
 * - `SessionStoreError` during an outage of the revocation store. Nothing was written then.
 */
export interface WritableSession<T extends object = AnySession> extends Omit<ReadSession<T>, 'data'> {
  /** The application's values, to be changed in place. JSON; `data.user` is the user, set by {@link login}. */
  readonly data: Partial<T>;

  /**
   * Seals {@link data} and sets the cookie. It also renews the session, even without a change.
   *
   * The cookie contains the whole session, so of two concurrent requests the later response wins.
   * @throws `SessionTooLargeError` if it does not fit: the previous cookie stays valid
   * @throws `SessionGoneError` if another request ended or replaced it, after {@link logout}, and when it has expired
   * @throws `SessionUsageError`, code `SESSION_NOT_JSON`, if a value is not JSON
   */
  save(): Promise<void>;

  /**
   * Logs a user in: ends the old session with every copy, and begins a new one with new deadlines. The cookie is set when
   * this resolves. Call it after you have authenticated the user, also if a user is logged in already.
   * @param user what to keep of the user: JSON, with an `id`
   * @throws `SessionTooLargeError` if it does not fit: the session before stays valid
   * @throws `SessionUsageError` on a GET request, for a user without an id, and for a `remember` that is no duration
   */
  login(user: UserOf<T>, options?: ReaderLoginOptions): Promise<void>;

  /** Ends the session and every copy of it, then clears the cookie. {@link data} is empty afterwards. */
  logout(): Promise<void>;
}
