import { Inject, Injectable } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { idpKeyOf, type IdpKey, type IdpTarget } from '../core/idp-keys.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { personOf, userKeyIn } from '../core/user-key.js';
import { SessionEngine } from '../engine/session-engine.js';
import type { SessionDirectory } from '../engine/session-directory.js';
import { SessionContextError } from '../errors/session-context.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { EmittedEvent } from '../events/session-events.js';
import { withHttpErrors } from '../http/http-errors.js';
import { requestContext, requestUnderWay } from '../http/request/request-context.js';
import { unreadable } from './current-session.js';
import type { RequestSession } from '../request/request-session.js';
import { entryOf, type SessionEntry } from './session-entry.js';

export type { SessionEntry } from './session-entry.js';

/** Options of {@link SessionRegistry.revokeAll}. */
export interface RevokeAllOptions {
  /** The handle of a session that goes on. It should be of the same user. @default none */
  except?: string | undefined;
}

/** The values of a session, for {@link SessionRegistry.update}. */
export type UpdatedSession = Partial<Omit<SessionData, 'cookie' | 'user'>> & { user?: SessionUser } & Record<
    string,
    unknown
  >;

/**
 * All sessions of all users: lists, ends and changes them from outside, in requests, in jobs, for an administrator. A
 * singleton that needs no request. It never shows a token; sessions are named by their handle.
 *
 * A user is named by `user.id`, or by what the option `userKey` gives where that is set.
 *
 * Every method throws `SESSION_STORE_UNAVAILABLE` during an outage of the store, and `SessionUsageError` with the
 * code `SESSION_NEEDS_INDEX` where the store cannot do it. The memory, SQLite and Redis stores support everything; sealed
 * cookies with a revocation store support `revoke()` and `revokeAll()`; `connectStore()` supports none of it.
 *
 * @example
 * constructor(private readonly registry: SessionRegistry) {}
 *
 * async changePassword(user: User) {
 *   await this.users.setPassword(user);
 *   await this.registry.revokeOthers();
 * }
 */
@Injectable()
export class SessionRegistry {
  constructor(@Inject(SessionEngine) private readonly engine: SessionEngine) {}

  /** The live sessions of a user, including those in which another user acts as this one. The oldest first. */
  async list(userId: string | number): Promise<SessionEntry[]> {
    const found = await this.ask('list()', (directory) => directory.ofUser(userId));
    return found.map((session) => entryOf(session, this.current));
  }

  /** How many live sessions a user has. */
  async count(userId: string | number): Promise<number> {
    return (await this.ask('count()', (directory) => directory.ofUser(userId))).length;
  }

  /**
   * The sessions with a value of an index that the option `indexes` declares, in the order of their creation.
   * @param index its name
   * @throws `SessionUsageError` (`SESSION_NO_SUCH_INDEX`) if it is not declared
   * @example
   * const entries = await this.registry.find('tenant', 'acme');
   */
  async find(index: string, value: string | number): Promise<SessionEntry[]> {
    const declared = Object.keys(this.engine.options.indexes ?? {});
    // A store without an index is reported first: declaring an index would not help.
    if (this.engine.directory && !declared.includes(index)) throw SessionUsageError.noSuchIndex(index, declared);
    const indexKey = { index: `of.${index}`, value: String(value) };
    const found = await this.ask('find()', (directory) => directory.at(indexKey));
    return found.map((session) => entryOf(session, this.current));
  }

  /**
   * The sessions that `SessionService.bindIdp()` has bound to a session at an identity provider, or to a subject there, in
   * the order of their creation. If the target has both, the `sid` counts.
   * @throws `SessionUsageError` if it has neither
   * @example
   * const entries = await this.registry.findByIdp({ issuer: 'https://idp.example', sid: token.sid });
   */
  async findByIdp(target: IdpTarget): Promise<SessionEntry[]> {
    const indexKey = idpKey(target);
    const found = await this.ask('findByIdp()', (directory) => directory.at(indexKey));
    return found.map((session) => entryOf(session, this.current));
  }

  /** A session with a user, by its handle; undefined if there is no live one. */
  async get(handle: string): Promise<SessionEntry | undefined> {
    const session = await this.ask('get()', (directory) => directory.get(handle));
    return session && entryOf(session, this.current);
  }

  /**
   * Ends one session with a user. No request in progress can save it again.
   * @param handle its public name, from lists, `SessionService.info` or events
   * @returns false if it was ended already
   */
  async revoke(handle: string): Promise<boolean> {
    const { directory } = this.engine;
    const last = directory && (await withHttpErrors(() => directory.end(handle)));
    const first = directory ? last !== undefined : await withHttpErrors(() => this.engine.revoke(handle));
    const userId = userIdOf(last?.data);
    if (first) this.tellRevoked({ handle, ...(userId !== undefined && { userId }) });
    return first;
  }

  /**
   * Ends all sessions of a user, including those that are about to begin or to rotate. A login that begins afterwards is
   * not affected.
   * @returns how many; undefined where the store cannot count (sealed cookies)
   */
  async revokeAll(userId: string | number, { except }: RevokeAllOptions = {}): Promise<number | undefined> {
    const count = await withHttpErrors(() => this.engine.revokeUser(userId, except));
    this.tellRevoked({ userId, ...(count !== undefined && { count }) });
    return count;
  }

  /**
   * Ends all sessions of the user of the current request, except this one.
   * @returns how many
   * @throws `SessionContextError` outside of a request, and without a user
   */
  async revokeOthers(): Promise<number | undefined> {
    if (requestContext.getStore()?.isOver) throw SessionContextError.requestOver('SessionRegistry.revokeOthers()');
    const session = requestUnderWay();
    await session?.load();
    const userId =
      session && userKeyIn({ user: Reflect.get(session.session ?? {}, 'user') }, session.state.engine.options.userKey);
    const current = this.current;
    if (userId === undefined || current === undefined)
      throw SessionContextError.noUser('SessionRegistry.revokeOthers()');
    return this.revokeAll(userId, { except: current });
  }

  /**
   * Ends the sessions that `SessionService.bindIdp()` has bound to a session at an identity provider, or to a subject there:
   * for a back-channel logout (OpenID Connect Back-Channel Logout 1.0). Verify the logout token first: its signature,
   * issuer, audience, time and events. If a token has both, the `sid` counts.
   *
   * With `sealedCookie()` the revocation store remembers the `sid` or `sub`, which costs one more lookup per request of a
   * bound session. A `sid` that was ended stays ended then, and with `revocation: 'none'` only this process knows it.
   * @returns how many; undefined where the store cannot count (sealed cookies)
   *
   * @example
   * const { iss, sid, sub } = await this.idp.verifyLogoutToken(body.logout_token);
   * await this.registry.revokeByIdp({ issuer: iss, sid, sub });
   */
  async revokeByIdp(target: IdpTarget): Promise<number | undefined> {
    const count = await withHttpErrors(() => this.engine.revokeAt(idpKey(target)));
    this.engine.events.emit('revoked', { reason: 'idp', ...(count !== undefined && { count }) });
    return count;
  }

  /**
   * Changes one session, or all of a user, atomically: the next request of each sees it. The function gets the
   * stored values, and runs again on fresh ones after a concurrent write. So it must have no side effects, and must not be
   * async.
   * @returns how many sessions were changed
   *
   * @example
   * await this.registry.update({ userId }, (session) => {
   *   if (session.user) session.user = { ...session.user, roles: ['editor'] };
   * });
   */
  async update(
    of: string | { readonly userId: string | number },
    change: (session: UpdatedSession) => unknown,
  ): Promise<number> {
    return this.ask('update()', (directory) => directory.update(of, change));
  }

  /** Adds the user who did it, if it is another one: the user of the current request, or the actor of an impersonation. */
  private tellRevoked(event: EmittedEvent<'revoked'>): void {
    const session = requestUnderWay();
    const by = session?.responsible;
    const oneself = by === event.userId || (session !== undefined && keyOfPerson(session) === String(event.userId));
    const actor = by !== undefined && !oneself ? { actor: { userId: by } } : undefined;
    this.engine.events.emit('revoked', { ...event, ...actor });
  }

  /** The handle of the session of the current request. */
  private get current(): string | undefined {
    const session = requestUnderWay();
    // Without a handle it is not known which session to keep: this one would be ended too.
    if (session?.state.unavailable) throw unreadable();
    return session?.handle;
  }

  private async ask<T>(what: string, question: (directory: SessionDirectory) => Promise<T>): Promise<T> {
    const { directory } = this.engine;
    if (!directory) throw SessionUsageError.needsIndex(`SessionRegistry.${what}`);
    return withHttpErrors(() => question(directory));
  }
}

function idpKey(target: IdpTarget): IdpKey {
  if (target.sid === undefined && target.sub === undefined) throw SessionUsageError.idp('needs sid or sub.');
  return idpKeyOf(target);
}

/** What the person of a session is found by, where it is loaded. */
function keyOfPerson({ state: { working, engine } }: RequestSession): string | undefined {
  return working && personOf({ data: { user: working.value('user') }, facts: working.facts }, engine.options.userKey);
}
