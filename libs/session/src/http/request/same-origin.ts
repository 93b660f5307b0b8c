import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something comes from a page of this site, or from no page: the rules of Nest's
 * `enableCsrfProtection()`, for routes that must be protected even if the application has not enabled it.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { host, hostname, port, protocol } = new URL(origin);
  const authority = String(headers[':authority'] ?? headers.host ?? '').toLowerCase();
  const defaultPort = protocol === 'https:' ? '443' : '80';
  return host !== '' && (host === authority || (port === '' && `${hostname}:${defaultPort}` === authority));
}
