import { Controller, Delete, Get, HttpCode, Inject, Param, UseGuards, type Type } from '@nestjs/common';
import { Roles } from '../decorators/roles.decorator.js';
import { AuthGuard } from '../guards/auth.guard.js';
import { RolesGuard } from '../guards/roles.guard.js';
import { SameOriginGuard } from '../guards/same-origin.guard.js';
import { StepUpGuard } from '../guards/step-up.guard.js';
import { SessionException } from '../http/http-errors.js';
import { SessionRegistry } from '../services/session-registry.service.js';
import { requireRecent, type ResolvedDevicesOptions, type SessionDevicesAdminOptions } from './devices-options.js';
import { SessionDeviceListDto, SessionsEndedDto } from './session-device.dto.js';
import { SessionNotFoundError } from '../errors/access.errors.js';

/** The controller for the sessions of any user, for certain roles. A separate class for each module. */
export function adminSessionsController(
  { path, roles }: Required<SessionDevicesAdminOptions>,
  { recentLogin }: ResolvedDevicesOptions,
): Type {
  const RecentLogin = requireRecent(recentLogin);

  @Controller(path)
  @UseGuards(SameOriginGuard, AuthGuard, RolesGuard, StepUpGuard)
  @Roles(...roles)
  class SessionDevicesAdminController {
    constructor(@Inject(SessionRegistry) private readonly registry: SessionRegistry) {}

    @Get(':userId')
    async list(@Param('userId') userId: string): Promise<SessionDeviceListDto> {
      return new SessionDeviceListDto(await this.registry.list(userId));
    }

    @Delete(':userId')
    @RecentLogin
    async endAll(@Param('userId') userId: string): Promise<SessionsEndedDto> {
      return new SessionsEndedDto(await this.registry.revokeAll(userId));
    }

    /** A session of another user is answered like one that does not exist. */
    @Delete(':userId/:handle')
    @HttpCode(204)
    @RecentLogin
    async end(@Param('userId') userId: string, @Param('handle') handle: string): Promise<void> {
      const isOfUser = (await this.registry.list(userId)).some((entry) => entry.handle === handle);
      if (!isOfUser || !(await this.registry.revoke(handle))) throw new SessionException(new SessionNotFoundError());
    }
  }
  return SessionDevicesAdminController;
}
