import type { SessionUser } from '../core/session-user.js';
import type { Duration } from '../options/duration.js';
import type { AnySession, ReadSession } from './read-session.js';

/** Options of {@link WritableSession.login}. */
export interface ReaderLoginOptions {
  /**
   * Keys of the session before that are carried over.
   * @default none: what an anonymous visitor left behind is dropped
   */
  keep?: readonly string[] | undefined;
  /**
   * Keeps the session and its cookie for this long, in place of both timeouts.
   * @default undefined: as the options say
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
 * A sealed session that can be changed where cookies can be set. Change {@link data}, then await {@link save}: nothing
 * is saved without it. For a visitor without a session it begins as an empty one, of which nothing is kept until then.
 *
 * Every method rejects with
 * - `SessionUsageError`, code `SESSION_NOT_WRITABLE`, where no cookie can be set, as in a Server Component, and
 *   `SESSION_HEADERS_SENT` after the response has begun
 * - `SessionStoreError` if the revocation store is out of order. Nothing was written then.
 */
export interface WritableSession<T extends object = AnySession> extends Omit<ReadSession<T>, 'data'> {
  /** The application's values, for changing in place. JSON; `data.user` is who is logged in, and {@link login} sets it. */
  readonly data: Partial<T>;

  /**
   * Seals what {@link data} holds now and sets the cookie. The idle deadline begins anew, changed or not.
   *
   * The cookie carries the whole session, so of two requests at the same time the later response wins.
   * @throws `SessionTooLargeError` if it does not fit: the cookie before still stands
   * @throws `SessionGoneError` if somebody ended or replaced it meanwhile, after {@link logout}, and when it has expired
   * @throws `SessionUsageError`, code `SESSION_NOT_JSON`, if a value is not JSON
   */
  save(): Promise<void>;

  /**
   * Logs a user in: a new session, the old one ended with every copy of it, both deadlines anew, and the cookie set when
   * this resolves. Call it after you have checked who the user is, also when somebody is logged in already.
   * @param user what to keep of the user: JSON, with an `id`
   * @throws `SessionTooLargeError` if it does not fit: the session before still stands
   * @throws `SessionUsageError` on a GET request, for a user without an id, and for a `remember` that is no duration
   */
  login(user: UserOf<T>, options?: ReaderLoginOptions): Promise<void>;

  /** Ends the session and every copy of it, then takes it out of the browser. {@link data} is empty afterwards. */
  logout(): Promise<void>;
}
