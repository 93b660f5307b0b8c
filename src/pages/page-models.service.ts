import { Injectable } from '@nestjs/common';
import { SessionService, type SessionUser } from 'nest-session';
import { describeDeadline, type Deadline } from './moments.js';

/** What every page shows. */
export interface SharedModel {
  readonly title: string;
  readonly user: SessionUser | undefined;
  readonly deadline: Deadline | undefined;
}

/** Makes what the templates are filled with. */
@Injectable()
export class PageModels {
  constructor(private readonly sessions: SessionService) {}

  shared(title: string): SharedModel {
    const { user } = this.sessions;
    return { title, user, deadline: user && describeDeadline(this.sessions.info.expiresAt, Date.now()) };
  }
}
