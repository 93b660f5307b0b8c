import { Logger } from '@nestjs/common';
import { dataOf } from '../core/session-data.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { copyData } from '../engine/session-json.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { login } from '../request/login.js';
import type { RequestSession } from '../request/request-session.js';
import { storableUser } from '../services/argument-checks.js';
import { checkLogin, withAuthVersion } from '../services/login-request.js';
import type { ResolvedPassportOptions } from './passport-options.js';
import type { ManagerOptions, Passport, PassportRequest } from './passport-port.js';

/** Says where Passport looks for the user of a request, if it is not `user`. */
type Placed = PassportRequest & { readonly _userProperty?: string };
type Values = { readonly user?: unknown; readonly passport?: { readonly user?: unknown } };

/** Makes logins of an application's sessions of what Passport signs in. */
export class PassportBridge {
  private readonly logger = new Logger('Session');
  private readonly restored = new WeakSet<RequestSession>();
  private warned = false;

  constructor(
    private readonly passport: Passport,
    private readonly options: ResolvedPassportOptions,
  ) {}

  /** @throws as `SessionService.login()`; what was in the session before goes on then */
  async logIn(
    session: RequestSession,
    req: PassportRequest,
    user: object,
    { keepSessionInfo = false }: ManagerOptions,
  ): Promise<void> {
    await session.load();
    // From JavaScript, anything may come.
    const kept = Object(user) === user ? this.options.user(user) : undefined;
    if (!kept || userIdOf({ user: kept }) === undefined) throw SessionUsageError.passportUser(user);
    const serialized = await this.serialize(user, req);
    const options = { ...this.options.login(user, req) };
    if (keepSessionInfo) options.keep = Object.keys(valuesOf(session));
    const { options: module } = session.state.engine;
    // The option `user` has chosen already what is stored.
    const stored = storableUser('req.login()', kept, {});
    const values = copyData({ passport: { user: serialized } });
    const request = { ...checkLogin('req.login()', options, module), values };
    await session.perform(async (state) => login(state, await withAuthVersion(state, stored, request, options)));
  }

  async logOut(session: RequestSession, { keepSessionInfo = false }: ManagerOptions): Promise<void> {
    await session.load();
    const { user: _, passport: __, ...kept } = keepSessionInfo ? valuesOf(session) : {};
    await session.logout();
    Object.assign(session.session ?? {}, kept);
  }

  /**
   * Puts the user of the session where Passport has it: `req.user`. It is one and the same user, whatever else the
   * application has put into `session.passport`. If Passport knows that user no more, the session is over.
   */
  async restore(session: RequestSession, req: PassportRequest): Promise<void> {
    if (this.restored.has(session)) return;
    this.restored.add(session);
    const { user, passport } = valuesOf(session);
    if (userIdOf({ user }) === undefined) return;
    // What userIdOf() has seen.
    const own = user as SessionUser;
    const payload = passport?.user;
    const found = payload || payload === 0 ? await this.deserialize(payload, req) : own;
    if (!found) return session.logout();
    const place = (req as Placed)['_userProperty'] ?? 'user';
    Object.assign(req, { [place]: found === own || this.isSame(found, own) ? found : own });
  }

  private isSame(found: object, own: SessionUser): boolean {
    if (String(userIdOf({ user: this.options.user(found) })) === String(own.id)) return true;
    if (!this.warned)
      this.logger.warn(
        "Passport's deserializeUser() gave a user whose id is not that of session.user, so req.user is session.user. Return a " +
          'user with the same id from validate() and from deserializeUser(), and let only req.login() set session.passport. ' +
          'This is said once.',
      );
    this.warned = true;
    return false;
  }

  private serialize(user: object, req: PassportRequest): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.passport.serializeUser(user, req, (error, payload) => (error ? reject(asError(error)) : resolve(payload))),
    );
  }

  private deserialize(payload: unknown, req: PassportRequest): Promise<object | false | null | undefined> {
    return new Promise((resolve, reject) =>
      this.passport.deserializeUser(payload, req, (error, user) => (error ? reject(asError(error)) : resolve(user))),
    );
  }
}

/** @throws if the session could not be read */
function valuesOf({ session }: RequestSession): Values {
  return session ? dataOf(session) : {};
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
