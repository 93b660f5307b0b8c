import { Controller, Delete, Get, HttpCode, Inject, Param, UseGuards, type Type } from '@nestjs/common';
import { SessionNotFoundError, SignInRequiredError } from '../errors/access.errors.js';
import { AuthGuard } from '../guards/auth.guard.js';
import { SameOriginGuard } from '../guards/same-origin.guard.js';
import { StepUpGuard } from '../guards/step-up.guard.js';
import { SessionException } from '../http/http-errors.js';
import { userKeyIn } from '../core/user-key.js';
import { SESSION_RUNTIME, type SessionRuntime } from '../http/session-runtime.js';
import { SessionRegistry } from '../services/session-registry.service.js';
import { SessionService } from '../services/session.service.js';
import { requireRecent, type ResolvedDevicesOptions } from './devices-options.js';
import { SessionDeviceListDto, SessionsEndedDto } from './session-device.dto.js';

/** The controller for the user's own sessions. A separate class for each module. */
export function ownSessionsController({ path, recentLogin }: ResolvedDevicesOptions): Type {
  const RecentLogin = requireRecent(recentLogin);

  @Controller(path)
  @UseGuards(SameOriginGuard, AuthGuard, StepUpGuard)
  class SessionDevicesController {
    constructor(
      @Inject(SessionService) private readonly sessions: SessionService,
      @Inject(SessionRegistry) private readonly registry: SessionRegistry,
      @Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime,
    ) {}

    /** The session of this request first. */
    @Get()
    async list(): Promise<SessionDeviceListDto> {
      return new SessionDeviceListDto(await this.registry.list(this.userKey()));
    }

    /** All but the session of this request. */
    @Delete()
    @RecentLogin
    async endOthers(): Promise<SessionsEndedDto> {
      return new SessionsEndedDto(await this.registry.revokeOthers());
    }

    /** A session of another user is answered like one that does not exist. */
    @Delete(':handle')
    @HttpCode(204)
    @RecentLogin
    async end(@Param('handle') handle: string): Promise<void> {
      if (handle === this.sessions.info.handle) return this.sessions.logout();
      const own = (await this.registry.list(this.userKey())).some((entry) => entry.handle === handle);
      if (!own || !(await this.registry.revoke(handle))) throw new SessionException(new SessionNotFoundError());
    }

    private userKey(): string {
      const key = userKeyIn({ user: this.sessions.user }, this.runtime.engine.options.userKey);
      if (key === undefined) throw new SessionException(new SignInRequiredError());
      return key;
    }
  }
  return SessionDevicesController;
}
