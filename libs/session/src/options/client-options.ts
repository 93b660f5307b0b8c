import type { Report } from './report.js';

/** What is kept with a session about its user's address and browser. */
export interface ClientOptions {
  /**
   * The address: in full; its network (24 bits of IPv4, 48 of IPv6); or not at all.
   * @default 'full'
   */
  readonly ip?: 'full' | 'network' | 'none' | undefined;
  /**
   * The `User-Agent`; only its family and system, such as `Firefox on Windows`; or not at all. The kind of the device, such
   * as `mobile`, is always kept, for limits by device.
   * @default true
   */
  readonly userAgent?: true | 'family' | false | undefined;
}

const IPS: readonly unknown[] = [undefined, 'full', 'network', 'none'];
const USER_AGENTS: readonly unknown[] = [undefined, true, 'family', false];

export function checkClient(report: Report, given: ClientOptions | undefined): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null)
    return report('client', "must be an object, such as { ip: 'network', userAgent: 'family' }.");
  for (const key of Object.keys(given))
    if (key !== 'ip' && key !== 'userAgent') report(`client.${key}`, 'no such option. Known: ip, userAgent.');
  if (!IPS.includes(given.ip)) report('client.ip', "must be 'full', 'network' or 'none'.");
  if (!USER_AGENTS.includes(given.userAgent)) report('client.userAgent', "must be true, 'family' or false.");
}
