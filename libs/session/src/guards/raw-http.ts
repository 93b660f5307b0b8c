import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { safeReturnTo } from '../core/safe-return-to.js';
import type { SessionError } from '../errors/session.error.js';
import { SessionException } from '../http/http-errors.js';

/** Node's own request, with what Express adds to it. */
export type RawRequest = IncomingMessage & { originalUrl?: string };

/** Node's request and response behind those of the platform. Empty if the context is not HTTP. */
export function rawHttp(request: unknown, context: ExecutionContext): { req?: RawRequest; res?: ServerResponse } {
  if (context.getType() !== 'http') return {};
  const response = context.switchToHttp().getResponse<ServerResponse | { raw: ServerResponse }>();
  const incoming = request as RawRequest | { raw: RawRequest };
  return { req: 'raw' in incoming ? incoming.raw : incoming, res: 'raw' in response ? response.raw : response };
}

/**
 * The response that redirects a browser (`Accept: text/html`) to a page, with the requested page as `?returnTo=`.
 * @param page path of the page
 * @param refusal the response to other clients
 * @param reason is passed to the page, so that it can say why
 * @returns undefined if the client is not a browser
 */
export function redirectBrowser(
  { req, res }: { req?: RawRequest; res?: ServerResponse },
  page: string,
  refusal: SessionError,
  reason?: string,
): SessionException | undefined {
  if (!req || !res || !/\btext\/html\b/i.test(req.headers.accept ?? '')) return undefined;
  const safe = req.method === 'GET' || req.method === 'HEAD';
  const wanted = safe ? safeReturnTo(req.originalUrl ?? req.url, '') : '';
  const query = [
    ...(wanted ? [`returnTo=${encodeURIComponent(wanted)}`] : []),
    ...(reason === undefined ? [] : [`reason=${encodeURIComponent(reason)}`]),
  ].join('&');
  const separator = page.includes('?') ? '&' : '?';
  res.setHeader('Location', query ? `${page}${separator}${query}` : page);
  res.setHeader('Cache-Control', 'no-store');
  return new SessionException(refusal, safe ? 302 : 303);
}
