import { Controller, Get, Render } from '@nestjs/common';
import { CurrentUser, type SessionUser } from 'nest-session';
import { SessionAudit } from 'nest-session/audit';
import { PageModels } from '../pages/page-models.service.js';
import { UsersService } from '../users/users.service.js';
import { activityOf, shownEvents } from './activity-words.js';

const SHOWN = 50;

/** What happened to the user's sessions lately. */
@Controller('activity')
export class ActivityController {
  constructor(
    private readonly audit: SessionAudit,
    private readonly models: PageModels,
    private readonly users: UsersService,
  ) {}

  @Get()
  @Render('activity')
  async show(@CurrentUser() user: SessionUser): Promise<object> {
    const entries = await this.audit.query({ userId: user.id, events: shownEvents, limit: SHOWN });
    const nameOf = (id: string) => this.users.find(id)?.username;
    return {
      ...this.models.shared('Recent activity', 'activity'),
      entries: entries.map((entry) => activityOf(entry, nameOf)),
    };
  }
}
