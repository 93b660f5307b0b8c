import { createRequire } from 'node:module';
import type * as edgeCookies from '../../examples/next/node_modules/next/dist/compiled/@edge-runtime/cookies/index.js';
import type * as headersAdapter from '../../examples/next/node_modules/next/dist/server/web/spec-extension/adapters/headers.js';
import type * as cookiesAdapter from '../../examples/next/node_modules/next/dist/server/web/spec-extension/adapters/request-cookies.js';
import type * as server from '../../examples/next/node_modules/next/server.js';

// Next.js itself, as the example has it installed. Its objects work without a build.
const require = createRequire(new URL('../../examples/next/package.json', import.meta.url));

export const { NextRequest, NextResponse } = require('next/server') as typeof server;
export const { RequestCookies, ResponseCookies } =
  require('next/dist/compiled/@edge-runtime/cookies') as typeof edgeCookies;
const { HeadersAdapter } = require('next/dist/server/web/spec-extension/adapters/headers') as typeof headersAdapter;
const { MutableRequestCookiesAdapter, RequestCookiesAdapter } =
  require('next/dist/server/web/spec-extension/adapters/request-cookies') as typeof cookiesAdapter;

const headersWith = (cookie: string | undefined): Headers => new Headers(cookie === undefined ? {} : { cookie });

/** What `await cookies()` gives while a Server Component renders. */
export const cookiesOfComponent = (cookie: string | undefined) =>
  RequestCookiesAdapter.seal(new RequestCookies(headersWith(cookie)));

/** What `await cookies()` gives in a server action or route handler, and the Set-Cookie lines that become of it. */
export function cookiesOfAction(cookie: string | undefined) {
  let lines: string[] = [];
  const cookies = MutableRequestCookiesAdapter.wrap(new RequestCookies(headersWith(cookie)), (set) => {
    lines = set;
  });
  return { cookies, lines: () => lines };
}

/** What `await headers()` gives. */
export const headersOfComponent = (cookie: string | undefined) => HeadersAdapter.seal(headersWith(cookie));

/** A request as proxy.ts and route handlers get it. */
export const nextRequest = (cookie: string | undefined, method = 'POST', url = 'http://localhost:3000/page') =>
  new NextRequest(url, { method, headers: { host: 'localhost:3000', ...(cookie !== undefined && { cookie }) } });
