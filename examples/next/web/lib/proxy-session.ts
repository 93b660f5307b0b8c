import { NextResponse, type NextRequest } from 'next/server';
import { COOKIE_NAME } from '../../shared/session-options.ts';
import { settings } from '../../shared/settings.ts';
import { sealedSessions } from './sealed-session.ts';

/**
 * Whether the cookie looks like that of a signed-in user. No store is asked: a seal is opened, and of a cookie for Redis it is known
 * that there is one.
 */
export async function seemsSignedIn(request: NextRequest): Promise<boolean> {
  if (settings.kind === 'redis') return request.cookies.has(COOKIE_NAME);
  return (await sealedSessions.peek(request))?.data.user !== undefined;
}

/**
 * Counts a page in the session, and lets the request through with the new cookie in it, so that the page shows this
 * count and not the last one. Sessions in Redis are written by the API alone.
 */
export async function countView(request: NextRequest): Promise<NextResponse> {
  if (settings.kind === 'redis' || !reachesBrowser(request)) return NextResponse.next();
  return sealedSessions.proxy(request, NextResponse, async (session) => {
    if (!session.data.user) return;
    session.data.views = (session.data.views ?? 0) + 1;
    await session.save();
  });
}

/**
 * After a server action, Next fetches the page that it redirects to by itself, with the headers of the action, and drops
 * the cookies that come with it. A browser sends no Origin when it opens a page.
 */
const reachesBrowser = (request: NextRequest): boolean => request.method === 'GET' && !request.headers.has('origin');
