import type { SetCookie } from 'cookie';
import { responseTarget, type CookieTarget, type ResponseWithCookies } from './cookie-target.js';

/** The part of `NextResponse` that continues a request. */
export interface NextResponses<R extends ResponseWithCookies> {
  next(init?: { request?: { headers?: Headers } }): R;
}

/** Keeps the cookies of a request's session until there is a response to set them on. */
export class CookieNotes implements CookieTarget {
  private readonly noted = new Map<string, SetCookie>();

  // proxy.ts may always set cookies.
  requireWritable(): void {}

  write(_what: string, cookies: readonly SetCookie[]): void {
    for (const cookie of cookies) this.noted.set(cookie.name, cookie);
  }

  get cookies(): readonly SetCookie[] {
    return [...this.noted.values()];
  }
}

const OVERRIDES = 'x-middleware-override-headers';
const OVERRIDDEN = 'x-middleware-request-';

/**
 * The response with a session's new cookies, for the browser and for the code that handles the rest of the request, which
 * would otherwise see the old session and overwrite the new one.
 * @param answer the application's response, if it does not only continue
 */
export function forward<R extends ResponseWithCookies>(
  requestHeaders: Headers,
  nextResponse: NextResponses<R>,
  answer: R | undefined,
  cookies: readonly SetCookie[],
): R {
  if (cookies.length === 0) return answer ?? nextResponse.next();
  const overrides = answer?.headers.get(OVERRIDES)?.split(',');
  // An application that changes request headers itself may have changed other cookies.
  const before = overrides ? answer?.headers.get(`${OVERRIDDEN}cookie`) : requestHeaders.get('cookie');
  const headers = new Headers(requestHeaders);
  const cookie = cookieHeaderWith(before ?? undefined, cookies);
  if (cookie === undefined) headers.delete('cookie');
  else headers.set('cookie', cookie);

  const goingOn = nextResponse.next({ request: { headers } });
  const response = answer ?? goingOn;
  if (answer && (answer.headers.has('x-middleware-next') || answer.headers.has('x-middleware-rewrite')))
    override(answer.headers, goingOn.headers, overrides);
  responseTarget(response).write('proxy()', cookies);
  return response;
}

/** Adds the new Cookie header to the overridden headers of a response that continues the request. */
function override(headers: Headers, goingOn: Headers, overrides: readonly string[] | undefined): void {
  if (!overrides) {
    for (const [name, value] of goingOn)
      if (name === OVERRIDES || name.startsWith(OVERRIDDEN)) headers.set(name, value);
    return;
  }
  const cookie = goingOn.get(`${OVERRIDDEN}cookie`);
  const others = overrides.filter((name) => name.trim() !== 'cookie');
  if (cookie === null) headers.delete(`${OVERRIDDEN}cookie`);
  else headers.set(`${OVERRIDDEN}cookie`, cookie);
  headers.set(OVERRIDES, (cookie === null ? others : [...others, 'cookie']).join(','));
}

/** The Cookie header that the browser will send with these cookies. */
function cookieHeaderWith(header: string | undefined, cookies: readonly SetCookie[]): string | undefined {
  const names = new Set(cookies.map(({ name }) => name));
  const others = (header ?? '').split(';').filter((pair) => {
    const [name = ''] = pair.split('=', 1);
    return pair.trim() !== '' && !names.has(name.trim());
  });
  const ours = cookies
    .filter(({ value }) => value !== undefined && value !== '')
    .map(({ name, value = '' }) => `${name}=${encodeURIComponent(value)}`);
  const pairs = [...others.map((pair) => pair.trim()), ...ours];
  return pairs.length === 0 ? undefined : pairs.join('; ');
}
