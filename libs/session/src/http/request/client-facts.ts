import { isIP } from 'node:net';
import type { ClientFacts } from '../../request/session-client.js';
import type { ResolvedSessionOptions } from '../../options/session-options.js';
import { deviceClassOf, deviceName } from './device.js';
import type { HttpRequest } from './request-facts.js';

const MAX_USER_AGENT_LENGTH = 256;

/** The options that decide about it. */
type Told = Pick<ResolvedSessionOptions, 'proxy' | 'client'>;

type Addressed = HttpRequest & { ip?: unknown };

/**
 * Address and browser of a request, as far as the application trusts the headers and keeps the facts.
 */
export function clientFactsOf(req: HttpRequest, options: Told): ClientFacts {
  const { userAgent: kept = true } = options.client ?? {};
  const ip = addressOf(req, options);
  const userAgent = textOf(req.headers['user-agent']);
  const family = kept === 'family' ? deviceName(userAgent) : undefined;
  return {
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && kept === true && { userAgent }),
    ...(family !== undefined && { device: family }),
    deviceClass: deviceClassOf(userAgent),
  };
}

/**
 * The address of the client: Express' `req.ip` where its `trust proxy` is set, the
 * one that the nearest proxy saw where `proxy` is true, else the connection's.
 */
export function addressOf(req: HttpRequest, { proxy, client }: Told): string | undefined {
  const { ip = 'full' } = client ?? {};
  if (ip === 'none') return undefined;
  const address = senderOf(req, proxy);
  return address !== undefined && ip === 'network' ? networkOf(address) : address;
}

function senderOf(req: Addressed, proxy: Told['proxy']): string | undefined {
  // Over HTTP/2 there is no socket any more once the client has left.
  const socket = req.socket as { remoteAddress?: string } | undefined;
  const own = plain(socket?.remoteAddress);
  const resolved = plain(req.ip);
  if (resolved !== undefined && resolved !== own) return resolved;
  const forwarded = String(req.headers['x-forwarded-for'] ?? '');
  // The entries before the last one may be from the client.
  return (proxy ? plain(forwarded.split(',').at(-1)?.trim()) : undefined) ?? own;
}

/** The network of an address: 24 bits of IPv4, 48 of IPv6, which is what providers give to one customer. */
function networkOf(address: string): string {
  if (isIP(address) === 4) return address.replace(/\.\d+$/, '.0');
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 3).join(':')}::`;
}

/** An address in its usual form; undefined if it is none. */
function plain(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** Text of a client, safe to show on one line of a log or page. */
function textOf(header: string | undefined): string | undefined {
  const text = header?.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim();
  return text ? text.slice(0, MAX_USER_AGENT_LENGTH) : undefined;
}
