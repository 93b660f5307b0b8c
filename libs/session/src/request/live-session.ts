import type { IncomingMessage } from 'node:http';
import expressSession, { type SessionData } from 'express-session';
import type { SessionValues } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';

type Callback = (error?: unknown) => void;

/** The methods of a session. Each takes a callback, as in express-session, or returns a promise without one. */
export interface SessionMethods {
  /**
   * Identifies the session and its secret, without revealing it: it stays the same in rotations by age, and changes with
   * `regenerate()`, a login and every other rotation, so that CSRF tokens can be bound to it. With
   * `ids: 'plain'` it is the secret itself, as in express-session.
   */
  readonly id: string;
  /** The cookie's attributes; set `maxAge` (milliseconds) or `expires` to change how long the browser keeps it. */
  cookie: expressSession.Cookie;
  /**
   * Saves now instead of before the response.
   * @throws `SESSION_STORE_UNAVAILABLE` during an outage of the store, `SESSION_GONE` if the session ended meanwhile
   */
  save(): Promise<void>;
  save(callback: Callback): this;
  /** Reads the record again; unsaved changes are lost. `req.session` is a new object afterwards. */
  reload(): Promise<void>;
  reload(callback: Callback): this;
  /** Ends the session. `req.session` is undefined afterwards. */
  destroy(): Promise<void>;
  destroy(callback: Callback): this;
  /** Ends the session and begins an empty one with a new id at `req.session`. */
  regenerate(): Promise<void>;
  regenerate(callback: Callback): this;
  /** Renews the session with this response, whether due or not. */
  touch(callback?: Callback): this;
  /** Sets the cookie's `maxAge` back to what it was. */
  resetMaxAge(): this;
}

/**
 * What `req.session` is: an instance of express-session's `Session`, with the values that the application keeps. Type
 * them by merging: `declare module 'express-session' { interface SessionData { cart: Item[] } }`.
 */
export type SessionObject = SessionMethods & Partial<Omit<SessionData, 'cookie'>> & { user?: SessionUser };

/** Implements the methods of a session. */
export interface SessionOwner {
  save(session: LiveSession): Promise<void>;
  reload(session: LiveSession): Promise<void>;
  destroy(session: LiveSession): Promise<void>;
  regenerate(session: LiveSession): Promise<void>;
  touch(session: LiveSession): void;
}

type Base = new () => Pick<expressSession.Session, 'id' | 'resetMaxAge'>;

/** The class of express-session without its constructor, which would ask the request for the id of the session. */
const ExpressSession = function ExpressSession() {} as unknown as Base & { prototype: object };
ExpressSession.prototype = (expressSession.Session as unknown as { prototype: object }).prototype;

const OWNER = Symbol('owner');

/** See {@link SessionObject}. */
export class LiveSession extends ExpressSession {
  declare cookie: expressSession.Cookie;
  declare readonly req: IncomingMessage;
  declare private readonly [OWNER]: SessionOwner;

  constructor(
    owner: SessionOwner,
    req: IncomingMessage,
    id: string,
    data: SessionValues,
    cookie: expressSession.Cookie,
  ) {
    super();
    Object.defineProperty(this, 'req', { value: req });
    Object.defineProperty(this, 'id', { value: id });
    Object.defineProperty(this, OWNER, { value: owner });
    // A value cannot hide a method.
    const self = this as unknown as SessionValues;
    for (const key of Object.keys(data)) if (!(key in self)) self[key] = data[key];
    this.cookie = cookie;
  }

  save(callback?: Callback): this | Promise<void> {
    return settle(this, this[OWNER].save(this), callback);
  }

  reload(callback?: Callback): this | Promise<void> {
    return settle(this, this[OWNER].reload(this), callback);
  }

  destroy(callback?: Callback): this | Promise<void> {
    return settle(this, this[OWNER].destroy(this), callback);
  }

  regenerate(callback?: Callback): this | Promise<void> {
    return settle(this, this[OWNER].regenerate(this), callback);
  }

  touch(callback?: Callback): this {
    this.resetMaxAge();
    this[OWNER].touch(this);
    if (callback) process.nextTick(callback);
    return this;
  }
}

function settle<S extends LiveSession>(
  session: S,
  done: Promise<void>,
  callback: Callback | undefined,
): S | Promise<void> {
  if (callback) {
    // Outside of the promise, so that an error thrown by the callback does not reject it.
    done.then(
      () => process.nextTick(callback),
      (error: unknown) => process.nextTick(callback, error),
    );
    return session;
  }
  // A failed call that is not awaited must not end the process. An awaited one still rejects.
  done.catch(() => undefined);
  return done;
}
