import { isIP } from 'node:net';
import type { ClientFacts } from '../../request/session-client.js';
import { deviceClassOf } from './device.js';
import type { HttpRequest } from './request-facts.js';

const LONGEST = 256;

/**
 * Where a request comes from and on what, as far as the application trusts what is said about it: Express' `req.ip`
 * where its `trust proxy` is set, the address that the nearest proxy saw where `proxy` is true, else the connection's.
 */
export function clientFactsOf(req: HttpRequest, proxy: boolean | 'first' | undefined): ClientFacts {
  const ip = addressOf(req, proxy);
  const userAgent = textOf(req.headers['user-agent']);
  return {
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
    deviceClass: deviceClassOf(userAgent),
  };
}

function addressOf(req: HttpRequest & { ip?: unknown }, proxy: boolean | 'first' | undefined): string | undefined {
  // Over HTTP/2 there is no socket any more once the client has left.
  const socket = req.socket as { remoteAddress?: string } | undefined;
  const own = plain(socket?.remoteAddress);
  const resolved = plain(req.ip);
  if (resolved !== undefined && resolved !== own) return resolved;
  const forwarded = String(req.headers['x-forwarded-for'] ?? '');
  // What stands before the last one is what the client says of itself.
  return (proxy ? plain(forwarded.split(',').at(-1)?.trim()) : undefined) ?? own;
}

/** An address in its usual form; undefined if it is none. */
function plain(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** Text from outside, safe to show on one line of a log or page. */
function textOf(header: string | undefined): string | undefined {
  const text = header?.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim();
  return text ? text.slice(0, LONGEST) : undefined;
}
