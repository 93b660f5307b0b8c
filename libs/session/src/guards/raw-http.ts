import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpException, type ExecutionContext } from '@nestjs/common';
import { safeReturnTo } from '../core/safe-return-to.js';

/** Node's own request, with what Express adds to it. */
export type RawRequest = IncomingMessage & { originalUrl?: string };

/** Node's own request and response behind those of the platform. Empty for what is not HTTP. */
export function rawHttp(request: unknown, context: ExecutionContext): { req?: RawRequest; res?: ServerResponse } {
  if (context.getType() !== 'http') return {};
  const response = context.switchToHttp().getResponse<ServerResponse | { raw: ServerResponse }>();
  const incoming = request as RawRequest | { raw: RawRequest };
  return { req: 'raw' in incoming ? incoming.raw : incoming, res: 'raw' in response ? response.raw : response };
}

/**
 * The answer that sends a browser (`Accept: text/html`) to a page, with `?returnTo=` the page that it wanted.
 * @param page path of the page
 * @param refusal `reason` goes along, for the page to say why
 * @returns undefined if it is no browser that asks
 */
export function redirectBrowser(
  { req, res }: { req?: RawRequest; res?: ServerResponse },
  page: string,
  { message, errorCode, reason }: { readonly message: string; readonly errorCode: string; readonly reason?: string },
): HttpException | undefined {
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
  return new HttpException(message, safe ? 302 : 303, { errorCode });
}
