import { NextResponse, type NextRequest } from 'next/server';
import { countView, seemsSignedIn } from './lib/proxy-session.ts';

/**
 * The optimistic check: looks at the cookie alone, so that visitors who are clearly not signed in go to the login page
 * before anything is rendered. It protects nothing: every page and handler checks for itself.
 *
 * It never redirects from /login to /dashboard. Of a cookie that was signed out this check says yes and the page
 * says no, and the browser would end in a redirect loop.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  if (await seemsSignedIn(request)) return countView(request);
  const login = new URL('/login', request.url);
  login.searchParams.set('returnTo', request.nextUrl.pathname);
  return NextResponse.redirect(login);
}

// A page that Next fetches ahead was not opened by the user. It is checked when it is rendered.
export const config = {
  matcher: [
    { source: '/dashboard', missing: [{ type: 'header', key: 'next-router-prefetch' }] },
    { source: '/profile', missing: [{ type: 'header', key: 'next-router-prefetch' }] },
  ],
};
