import { Controller, Get, NotFoundException, Param, Post, Redirect, Render } from '@nestjs/common';
import { CurrentUser, RequireRecentLogin, SessionRegistry, SessionService, type SessionUser } from 'nest-session';
import { PageModels } from '../pages/page-models.service.js';
import { deviceViews } from './device-view.js';

/** Where the user is signed in, and signing out there, which requires a recent login (ASVS V7.5.2). */
@Controller('devices')
export class DevicesController {
  constructor(
    private readonly models: PageModels,
    private readonly registry: SessionRegistry,
    private readonly sessions: SessionService,
  ) {}

  @Get()
  @Render('devices')
  async show(@CurrentUser() user: SessionUser): Promise<object> {
    const devices = deviceViews(await this.registry.list(user.id));
    const notices = await this.sessions.flash('notice');
    return { ...this.models.shared('Your devices', 'devices'), devices, notices, others: devices.length > 1 };
  }

  @Post('end-others')
  @RequireRecentLogin('10m')
  @Redirect('/devices', 303)
  async endOthers(): Promise<void> {
    const ended = (await this.registry.revokeOthers()) ?? 0;
    await this.sessions.flash('notice', signedOut(ended));
  }

  @Post(':handle/end')
  @RequireRecentLogin('10m')
  @Redirect('/devices', 303)
  async end(@Param('handle') handle: string, @CurrentUser() user: SessionUser): Promise<void> {
    // Only the user's own: the handle of another user's session counts as unknown.
    const [entry] = deviceViews((await this.registry.list(user.id)).filter((it) => it.handle === handle));
    if (!entry) throw new NotFoundException();
    await this.registry.revoke(handle);
    await this.sessions.flash('notice', `Signed out on ${entry.name}.`);
  }
}

function signedOut(others: number): string {
  if (others === 0) return 'There was nothing to sign out.';
  return others === 1 ? 'Signed out on one other device.' : `Signed out on ${others} other devices.`;
}
