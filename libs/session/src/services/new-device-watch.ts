import { shortDigest } from '../core/digest.js';
import type { OnModuleInit } from '@nestjs/common';
import type { SessionEventMap, SessionEvents } from '../events/session-events.js';
import type { SessionRegistry } from './session-registry.service.js';

const UNKNOWN = 'unknown device';

/**
 * Reports logins on a kind of device that none of the user's other sessions is on. It checks after the login, among the live
 * sessions, and only if the event has a listener.
 */
export class NewDeviceWatch implements OnModuleInit {
  constructor(
    private readonly events: SessionEvents,
    private readonly registry: Pick<SessionRegistry, 'list'>,
    /** Whether the store finds sessions by their user. */
    private readonly able: boolean,
  ) {}

  onModuleInit(): void {
    if (this.able) this.events.on('login', (event) => this.look(event));
  }

  private async look({ handle, userId, actor }: SessionEventMap['login']): Promise<void> {
    if (userId === undefined || actor || !this.events.hasListeners('newDevice')) return;
    // An outage is reported by the store itself.
    const entries = await this.registry.list(userId).catch(() => []);
    const mine = entries.find((entry) => entry.handle === handle);
    // The session has ended already, so there is nothing to report.
    if (!mine) return;
    const device = mine.device ?? UNKNOWN;
    const others = entries.filter((entry) => entry.handle !== handle);
    if (others.some((entry) => (entry.device ?? UNKNOWN) === device)) return;
    this.events.emit('newDevice', { handle, userId, device, deviceId: deviceIdOf(device), others: others.length });
  }
}

/** The same for every session on this kind of device, for applications that remember known devices. */
const deviceIdOf = (device: string): string => shortDigest(`device:${device}`);
