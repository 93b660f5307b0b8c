import { shortDigest } from '../core/digest.js';
import type { OnModuleInit } from '@nestjs/common';
import type { ListedSession, SessionDirectory } from '../engine/session-directory.js';
import type { SessionEventMap, SessionEvents } from '../events/session-events.js';
import { entryOf } from './session-entry.js';

const UNKNOWN = 'unknown device';

/** Sessions that a login is compared with. */
const MAX_COMPARED = 20;

/**
 * Reports logins on a kind of device that none of the user's other sessions is on. It checks after the login, among the
 * newest live sessions, and only if the event has a listener.
 */
export class NewDeviceWatch implements OnModuleInit {
  constructor(
    private readonly events: SessionEvents,
    /** Undefined where the store does not find sessions by their user. */
    private readonly directory: SessionDirectory | undefined,
  ) {}

  onModuleInit(): void {
    if (this.directory) this.events.on('login', (event) => this.look(event));
  }

  private async look({ handle, userId, actor }: SessionEventMap['login']): Promise<void> {
    if (userId === undefined || actor || !this.events.hasListeners('newDevice')) return;
    // An outage is reported by the store itself.
    const found = await this.directory?.withOthers(handle, MAX_COMPARED).catch(() => undefined);
    // The session has ended already, so there is nothing to report.
    if (!found) return;
    const device = deviceOf(found.own);
    if (found.others.some((other) => deviceOf(other) === device)) return;
    this.events.emit('newDevice', {
      handle,
      userId,
      device,
      deviceId: deviceIdOf(device),
      others: found.others.length,
    });
  }
}

const deviceOf = (session: ListedSession): string => entryOf(session, undefined).device ?? UNKNOWN;

/** The same for every session on this kind of device, for applications that remember known devices. */
const deviceIdOf = (device: string): string => shortDigest(`device:${device}`);
