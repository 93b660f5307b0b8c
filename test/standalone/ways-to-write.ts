import type { WritableSession } from 'nest-session/standalone';
import { expect } from 'vitest';
import { cookiesOfAction, NextResponse, nextRequest } from './next.js';
import { nodeExchange } from './node-exchange.js';
import type { AppSession, sealedReader } from './support.js';

/** What a handler does with a session. */
export type Use = (session: WritableSession<AppSession>) => Promise<void>;
type Reader = ReturnType<typeof sealedReader>['reader'];

/** Opens the session of a POST request, uses it, and gives the Set-Cookie lines of the answer. */
export const WAYS: Record<string, (reader: Reader, cookie: string | undefined, use: Use) => Promise<string[]>> = {
  'a server action': async (reader, cookie, use) => {
    const { cookies, lines } = cookiesOfAction(cookie);
    await use(await reader.open(cookies));
    return lines();
  },
  'an API route': async (reader, cookie, use) => {
    const { response } = await nodeExchange(cookie, async (req, res) => {
      res.setHeader('Set-Cookie', 'other=1');
      await use(await reader.open(req, res));
    });
    const [other, ...lines] = response.headers.getSetCookie();
    expect(other).toBe('other=1');
    if (lines.length > 0) {
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('vary')).toBe('Cookie');
    }
    return lines;
  },
  'a NextResponse': async (reader, cookie, use) => {
    const response = NextResponse.json({});
    await use(await reader.open(nextRequest(cookie), response));
    const lines = response.headers.getSetCookie();
    if (lines.length > 0) expect(response.headers.get('cache-control')).toBe('no-store');
    // What Next.js sets later goes beside it.
    response.cookies.set('other', '1');
    expect(response.headers.getSetCookie()).toHaveLength(lines.length + 1);
    return lines;
  },
  'a Response': async (reader, cookie, use) => {
    const response = Response.json({});
    response.headers.append('Set-Cookie', 'other=1');
    await use(await reader.open(nextRequest(cookie), response));
    const [other, ...lines] = response.headers.getSetCookie();
    expect(other).toBe('other=1');
    if (lines.length > 0) expect(response.headers.get('cache-control')).toBe('no-store');
    return lines;
  },
};
