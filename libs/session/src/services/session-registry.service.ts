import { Inject, Injectable } from '@nestjs/common';
import { SessionEngine } from '../engine/session-engine.js';

/**
 * Ends sessions from outside of them: in jobs, for an administrator, after a change of password. A singleton that needs
 * no request.
 *
 * Every method throws `SessionUnavailableException` when the store is out of order, and `SessionUsageError` with the
 * code `SESSION_NEEDS_INDEX` where the store cannot do it.
 *
 * @example
 * constructor(private readonly registry: SessionRegistry) {}
 *
 * async changePassword(user: User) {
 *   await this.users.setPassword(user);
 *   await this.registry.revokeAll(user.id);
 * }
 */
@Injectable()
export class SessionRegistry {
  constructor(@Inject(SessionEngine) private readonly engine: SessionEngine) {}

  /**
   * Ends one session. Nothing that is under way saves it again.
   * @param handle its public name, as `SessionService.info` and events have it
   * @returns false if it was ended already
   */
  async revoke(handle: string): Promise<boolean> {
    const first = await this.engine.revoke(handle);
    if (first) this.engine.events.emit('revoked', { handle });
    return first;
  }

  /** Ends every session that a user has; a login that begins afterwards is a new one. */
  async revokeAll(userId: string | number): Promise<void> {
    await this.engine.revokeUser(userId);
    this.engine.events.emit('revoked', { userId });
  }
}
