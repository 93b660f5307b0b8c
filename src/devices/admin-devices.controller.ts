import { Controller, Get, NotFoundException, Param, Post, Render, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RequireRecentLogin, Roles, SessionRegistry, SessionService } from 'nest-session';
import { seeOther } from '../http/forms.js';
import { mayActAs } from '../impersonation/may-act-as.js';
import { PageModels } from '../pages/page-models.service.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { deviceViews } from './device-view.js';

/** The devices of all users, for administrators. */
@Controller('admin/devices')
@Roles('admin')
export class AdminDevicesController {
  constructor(
    private readonly models: PageModels,
    private readonly registry: SessionRegistry,
    private readonly sessions: SessionService,
    private readonly users: UsersService,
  ) {}

  @Get()
  @Render('admin-devices')
  async show(): Promise<object> {
    const people = await Promise.all(this.users.list().map((person) => this.describe(person)));
    const notices = await this.sessions.flash('notice');
    return { ...this.models.shared('All devices', 'admin'), people, notices };
  }

  @Post(':userId/end-all')
  @RequireRecentLogin('10m')
  async endAll(@Param('userId') userId: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    const person = this.personOf(userId);
    const own = person.id === this.sessions.user?.id;
    const ended = await (own ? this.registry.revokeOthers() : this.registry.revokeAll(person.id));
    const done = `${person.username} is signed out on every ${own ? 'other ' : ''}device.`;
    await this.sessions.flash('notice', ended === 0 ? 'There was nothing to sign out.' : done);
    seeOther(response, '/admin/devices');
  }

  @Post(':userId/:handle/end')
  @RequireRecentLogin('10m')
  async end(
    @Param('userId') userId: string,
    @Param('handle') handle: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const person = this.personOf(userId);
    const [device] = deviceViews((await this.registry.list(person.id)).filter((entry) => entry.handle === handle));
    if (!device || device.current) throw new NotFoundException();
    await this.registry.revoke(handle);
    await this.sessions.flash('notice', `${person.username} is signed out on ${device.name}.`);
    seeOther(response, '/admin/devices');
  }

  private async describe(person: User): Promise<object> {
    const devices = deviceViews(await this.registry.list(person.id));
    const own = person.id === this.sessions.user?.id;
    const endable = devices.some(({ current }) => !current);
    return {
      person,
      roles: person.roles.join(', '),
      devices,
      endable,
      actable: mayActAs(this.sessions.user, person),
      everywhere: own ? 'everywhere else' : 'everywhere',
    };
  }

  private personOf(id: string): User {
    const person = this.users.find(id);
    if (!person) throw new NotFoundException();
    return person;
  }
}
