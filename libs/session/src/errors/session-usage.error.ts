import { SessionError } from './session.error.js';

/** The session was used in a way that would lose data or weaken it. */
export class SessionUsageError extends SessionError {
  constructor(
    readonly code:
      | 'SESSION_LOGIN_SAFE_METHOD'
      | 'SESSION_LOGIN_USER'
      | 'SESSION_HEADERS_SENT'
      | 'SESSION_INSECURE_TRANSPORT'
      | 'SESSION_NOT_LOADED'
      | 'SESSION_NOT_JSON'
      | 'SESSION_READ_ONLY'
      | 'SESSION_BAD_ID'
      | 'SESSION_BAD_DURATION'
      | 'SESSION_ASYNC_UPDATE'
      | 'SESSION_NEEDS_STORE'
      | 'SESSION_NEEDS_INDEX'
      | 'SESSION_COOKIE_SOURCE'
      | 'SESSION_NOT_WRITABLE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static safeMethod(method: string): SessionUsageError {
    return new SessionUsageError(
      'SESSION_LOGIN_SAFE_METHOD',
      `login() was called on a ${method} request, which a link or an image on another site can send. Log in on POST, or ` +
        'pass { allowSafeMethod: true } where the protocol demands it, as an OpenID Connect callback does (ASVS V7.6.2).',
    );
  }

  static userWithoutId(user: unknown): SessionUsageError {
    const got = user === null ? 'null' : typeof user;
    return new SessionUsageError(
      'SESSION_LOGIN_USER',
      `login() needs a user with an id that is a non-empty string or a number, and got ${got}${
        got === 'object' ? ' without one' : ''
      }. Pass { id: user.id, ... }.`,
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
      `${what} needs to find sessions by their user or handle, and this store finds them by their id alone. ` +
        'sealedCookie() with a revocation store can do it.',
    );
  }

  static readOnly(): SessionUsageError {
    return new SessionUsageError(
      'SESSION_READ_ONLY',
      "The session store is out of order and onStoreError is 'anonymous': this session is read-only and cannot be saved.",
    );
  }
}
