import { Injectable } from '@nestjs/common';
import { SessionService, type SessionUser } from 'nest-session';
import { describeClockTime, describeDeadline, type Deadline, type Moment } from './moments.js';

/** What every page shows. */
export interface SharedModel {
  readonly title: string;
  readonly user: SessionUser | undefined;
  readonly deadline: Deadline | undefined;
  /** Undefined without an impersonation. */
  readonly acting: Acting | undefined;
  /** Where a signed-in user can go. */
  readonly places: readonly Place[];
}

/** An administrator acts as the user. */
export interface Acting {
  /** The name of the administrator. */
  readonly by: string;
  readonly until: Moment;
  readonly reason: string | undefined;
}

/** A page that every page of a signed-in user links to. */
export interface Place {
  readonly path: string;
  readonly name: string;
  readonly here: boolean;
}

/** Names of {@link Place}s. */
export type PlaceName = 'account' | 'devices' | 'activity' | 'admin';

const PLACES: readonly { key: PlaceName; path: string; name: string; role?: string }[] = [
  { key: 'account', path: '/dashboard', name: 'Account' },
  { key: 'devices', path: '/devices', name: 'Devices' },
  { key: 'activity', path: '/activity', name: 'Activity' },
  { key: 'admin', path: '/admin/devices', name: 'Admin', role: 'admin' },
];

/** Makes what the templates are filled with. */
@Injectable()
export class PageModels {
  constructor(private readonly sessions: SessionService) {}

  /** @param here which of the places the page is */
  shared(title: string, here?: PlaceName): SharedModel {
    const { user } = this.sessions;
    const places = PLACES.filter(({ role }) => user && (role === undefined || user.roles?.includes(role)));
    return {
      title,
      user,
      deadline: user && describeDeadline(this.sessions.info.expiresAt, Date.now()),
      acting: this.acting(),
      places: places.map(({ key, path, name }) => ({ path, name, here: key === here })),
    };
  }

  private acting(): Acting | undefined {
    const { actor } = this.sessions;
    return actor && { by: actor.user.username, until: describeClockTime(actor.until), reason: actor.reason };
  }
}
