import { SessionError, type SessionUsageCode } from './session.error.js';

/** The session was used in a way that would lose data or weaken its protection. */
export class SessionUsageError extends SessionError {
  constructor(
    readonly code: SessionUsageCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static safeMethod(method: string, what = 'login()'): SessionUsageError {
    return new SessionUsageError(
      'SESSION_LOGIN_SAFE_METHOD',
      `${what} was called on a ${method} request, which a link or an image on another site can send. Use POST, or ` +
        'pass { allowSafeMethod: true } where the protocol demands it, as an OpenID Connect callback does (ASVS V7.6.2).',
    );
  }

  static userWithoutId(user: unknown, what = 'login()'): SessionUsageError {
    const got = user === null ? 'null' : typeof user;
    return new SessionUsageError(
      'SESSION_LOGIN_USER',
      `${what} needs a user with an id that is a non-empty string or a number, and got ${got}${
        got === 'object' ? ' without one' : ''
      }. Pass { id: user.id, ... }.`,
    );
  }

  static assignedUser(): SessionUsageError {
    return new SessionUsageError(
      'SESSION_USER_ASSIGNED',
      'session.user was assigned or changed by the application, which would sign in without a login: nothing is saved. ' +
        'Call login() or logout() of SessionService. What is known of the same user is changed with sessions.update() or ' +
        'SessionRegistry.update(). Copy no whole request body into a session. For Passport there is nest-session/passport.',
    );
  }

  /** @param user what Passport signs in: its keys are named, its values are not */
  static passportUser(user: unknown): SessionUsageError {
    const keys = typeof user === 'object' && user !== null ? Object.keys(user).join(', ') : '';
    return new SessionUsageError(
      'SESSION_LOGIN_USER',
      `Passport signed in a user whose id is no non-empty string and no number; its keys are: ${keys || 'none'}. ` +
        'Say what the id is: SessionPassportModule.forRoot({ user: (user) => ({ id: user.userId }) }).',
    );
  }

  static badUserKey(key: unknown): SessionUsageError {
    return new SessionUsageError(
      'SESSION_LOGIN_USER',
      `The userKey option gave ${key === '' ? 'an empty text' : `a value of the type ${typeof key}`} for a user; it must give a ` +
        'text that is the key of this user alone, and must not be async.',
    );
  }

  static headersSent(what: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_HEADERS_SENT',
      `${what} after the response has begun: the browser cannot be told about it. Do it before the first byte is sent.`,
    );
  }

  static insecureTransport(cause: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_INSECURE_TRANSPORT',
      `The session cookie is Secure and this request did not come over https (${cause}), so the browser would not get ` +
        "it and nothing was saved. Behind a proxy that ends TLS: app.set('trust proxy', 1) on Express, or proxy: true in " +
        'the options of SessionModule. In development over http: cookie: { secure: false }.',
    );
  }

  static notLoaded(): SessionUsageError {
    return new SessionUsageError(
      'SESSION_NOT_LOADED',
      'req.session was read before it was loaded: this route is @NoSession(), or the module runs with lazy: true. ' +
        'Use @Session(), AuthGuard or `await sessions.load()` first; they load it.',
    );
  }

  static notJson(cause: unknown): SessionUsageError {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown';
    return new SessionUsageError(
      'SESSION_NOT_JSON',
      `The session holds a value that JSON cannot carry (${reason}). Nothing was saved. Keep plain JSON in the session.`,
    );
  }

  static badId(problem: string): SessionUsageError {
    return new SessionUsageError('SESSION_BAD_ID', `The genid option ${problem}. Leave it out for 32 random bytes.`);
  }

  static badDuration(name: string, value: unknown): SessionUsageError {
    return new SessionUsageError(
      'SESSION_BAD_DURATION',
      `${name} is ${JSON.stringify(value)}; it must be a duration longer than zero: '14d', or milliseconds.`,
    );
  }

  static longWait(name: string, value: unknown, most: number): SessionUsageError {
    return new SessionUsageError(
      'SESSION_BAD_DURATION',
      `${name} is ${JSON.stringify(value)}; it must not be longer than ${most} milliseconds (24 days), as no timer is. Shorten it.`,
    );
  }

  static timeouts(problem: string): SessionUsageError {
    return new SessionUsageError('SESSION_TIMEOUTS', `login() was given timeouts that cannot be: ${problem}`);
  }

  static authVersion(problem: string): SessionUsageError {
    return new SessionUsageError('SESSION_AUTH_VERSION', `The authVersion ${problem}`);
  }

  static aal(what: string, value: unknown): SessionUsageError {
    return new SessionUsageError(
      'SESSION_AAL',
      `${what} was given the assurance level ${JSON.stringify(value)}; it must be 1, 2 or 3 (NIST SP 800-63B-4, section 2).`,
    );
  }

  static lowerAal(value: number, current: number): SessionUsageError {
    return new SessionUsageError(
      'SESSION_AAL',
      `elevate() was given the assurance level ${value}, and the session is at ${current}. Log in anew for a lower one.`,
    );
  }

  static idp(problem: string): SessionUsageError {
    return new SessionUsageError('SESSION_IDP', `The session at the identity provider ${problem}`);
  }

  static value(what: string, problem: string): SessionUsageError {
    return new SessionUsageError('SESSION_VALUE', `${what} ${problem}`);
  }

  /** @param problem the problem with `session.cookie` */
  static cookie(problem: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_COOKIE',
      `session.cookie ${problem}. Nothing was saved. Set its attributes one by one, such as session.cookie.maxAge, and ` +
        'never from what a client sent.',
    );
  }

  static asyncUpdate(): SessionUsageError {
    return new SessionUsageError(
      'SESSION_ASYNC_UPDATE',
      'update() was given an async function. It may run more than once and must not wait: await first, then update.',
    );
  }

  static needsStore(what: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_NEEDS_STORE',
      `${what} needs a store that all requests of a session share, and sealedCookie() keeps each session in its own cookie. ` +
        'Use memoryStore(), sqliteStore() or redisStore(); or change the values of the session without it, where the ' +
        'last response to arrive wins.',
    );
  }

  static needsIndex(what: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_NEEDS_INDEX',
      `${what} needs to find sessions by their user or handle, and this store finds them by their id alone. Use ` +
        'memoryStore(), sqliteStore() or redisStore(). sealedCookie() with a revocation store can end sessions by ' +
        'revoke() and revokeAll(), and cannot list, count, change or limit them.',
    );
  }

  static badLimit(limit: unknown): SessionUsageError {
    return new SessionUsageError(
      'SESSION_BAD_LIMIT',
      `maxSessionsPerUser gave ${JSON.stringify(limit) ?? typeof limit}; it must give a whole number of at least 1, such ` +
        'numbers by device as in { mobile: 2 }, or Infinity, and must not be async.',
    );
  }

  static noSuchIndex(name: string, known: readonly string[]): SessionUsageError {
    return new SessionUsageError(
      'SESSION_NO_SUCH_INDEX',
      `There is no index ${JSON.stringify(name)}. Declare it by the option indexes; declared: ${known.join(', ') || 'none'}.`,
    );
  }

  static scopedListener(method: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_EVENT_SCOPE',
      `${method} is marked @OnSessionEvent() in a class that lives as long as a request, and events are told after it. ` +
        'Move the method to a provider of the default scope that injects nothing request-scoped.',
    );
  }

  static auditWithoutQuery(): SessionUsageError {
    return new SessionUsageError(
      'SESSION_AUDIT_QUERY',
      'The audit trail was asked for entries, and its writer has no query(). Use sqliteAudit(), or give the writer one.',
    );
  }
}
