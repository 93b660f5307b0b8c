import type { IncomingMessage } from 'node:http';

/** A raw request, with what Express adds to it. */
export type HttpRequest = IncomingMessage & { originalUrl?: string; secure?: boolean };

/** The request target as the client sent it: routers shorten `url`. */
export const targetOf = (req: HttpRequest): string => req.originalUrl ?? req.url ?? '/';

/** Whether a cookie of this path belongs to a request (RFC 6265bis, section 5.1.4). */
export function pathMatches(req: HttpRequest, path: string): boolean {
  if (path === '/') return true;
  const pathname = pathOf(targetOf(req));
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}

function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  // The absolute form, as sent to proxies: http://host/path (RFC 9112, section 3.2.2).
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '');
}

/** Whether a request came over https, as far as the application trusts the headers. */
export function isSecure(req: HttpRequest, proxy: boolean | 'first' | undefined): boolean {
  // Over HTTP/2 there is no socket any more once the client has left.
  const socket = req.socket as object | undefined;
  if (socket && 'encrypted' in socket && socket.encrypted === true) return true;
  if (proxy === undefined) return req.secure === true;
  if (proxy === false) return false;
  const said = String(req.headers['x-forwarded-proto'] ?? '').split(',');
  // A proxy that appends keeps the client's entries in front.
  return (proxy === 'first' ? said.slice(0, 1) : said).every((one) => one.trim().toLowerCase() === 'https');
}
