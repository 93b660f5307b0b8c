import type { NextResponse as NextResponseType } from '../../examples/next/node_modules/next/server.js';
import { createSealedSessionReader, SessionStoreError } from 'nest-session/standalone';
import { describe, expect, it } from 'vitest';
import { NextResponse, nextRequest } from './next.js';
import { afterwards, brokenRevocation, loggedIn, sealedReader, type AppSession } from './support.js';

/** The headers with which Next.js handles the rest of a request, by what a proxy's response says of them. */
function restOf(request: Request, response: Response): Headers {
  const names = response.headers.get('x-middleware-override-headers')?.split(',');
  if (!names) return new Headers(request.headers);
  return new Headers(
    names.map((name): [string, string] => [name, response.headers.get(`x-middleware-request-${name}`) ?? '']),
  );
}

const count = (session: { data: Partial<AppSession>; save(): Promise<void> }) => {
  session.data.cart = [...(session.data.cart ?? []), 'seen'];
  return session.save();
};

describe('proxy()', () => {
  it('goes on without a cookie where nothing was written', async () => {
    const sealed = sealedReader();
    const request = nextRequest(await loggedIn(sealed), 'GET');
    const response = await sealed.reader.proxy(request, NextResponse, (session) => {
      expect(session.data.user).toEqual({ id: 'ada' });
    });
    expect(response).toBeInstanceOf(NextResponse);
    expect([...response.headers]).toEqual([['x-middleware-next', '1']]);
  });

  it('hands what was saved to the browser and to the rest of the request', async () => {
    const sealed = sealedReader();
    const cookie = `theme=dark; ${await loggedIn(sealed)}; lang=en`;
    const request = nextRequest(cookie, 'GET');
    const response = await sealed.reader.proxy(request, NextResponse, count);
    const rest = restOf(request, response);
    expect((await sealed.reader.read(rest))?.data.cart).toEqual(['seen']);
    expect(rest.get('cookie')).toMatch(/^theme=dark; lang=en; session=[^;]+$/);
    expect(response.headers.get('cache-control')).toBe('no-store');

    // A route handler that saves too builds on it, and the browser ends up with both changes.
    const handler = NextResponse.json({});
    await count(await sealed.reader.open(rest, handler));
    const inBrowser = afterwards(cookie, [...response.headers.getSetCookie(), ...handler.headers.getSetCookie()]);
    expect((await sealed.reader.read(inBrowser))?.data.cart).toEqual(['seen', 'seen']);
  });

  it('gives the rest of the request no user after a logout', async () => {
    const sealed = sealedReader();
    for (const others of ['', '; theme=dark']) {
      const cookie = (await loggedIn(sealed)) + others;
      const request = nextRequest(cookie);
      const response = await sealed.reader.proxy(request, NextResponse, (session) => session.logout());
      expect(restOf(request, response).get('cookie')).toBe(others === '' ? null : 'theme=dark');
      expect(afterwards(cookie, response.headers.getSetCookie())).toBe(others === '' ? undefined : 'theme=dark');
    }
  });

  it('hands on chunks, and the one cookie that follows them', async () => {
    const sealed = sealedReader({ chunk: true });
    const cookie = await loggedIn(sealed, { id: 'ada' }, { text: 'x'.repeat(7_000) });
    const request = nextRequest(cookie);
    const response = await sealed.reader.proxy(request, NextResponse, async (session) => {
      delete session.data.text;
      await session.save();
    });
    expect(restOf(request, response).get('cookie')).toMatch(/^session=[^;]+$/);
    expect((await sealed.reader.read(restOf(request, response)))?.data).toEqual({ user: { id: 'ada' } });
    expect(response.cookies.getAll().filter(({ value }) => value === '')).toHaveLength(3);
  });

  it.each<[string, () => NextResponseType]>([
    ['a redirect', () => NextResponse.redirect('http://localhost:3000/login')],
    ['an answer', () => NextResponse.json({ error: 'no' }, { status: 403 })],
  ])('sets the cookies on %s of the application', async (_name, answer) => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const given = answer();
    given.cookies.set('theme', 'dark');
    const response = await sealed.reader.proxy(nextRequest(cookie), NextResponse, async (session) => {
      await count(session);
      return given;
    });
    expect(response).toBe(given);
    expect(response.headers.has('x-middleware-override-headers')).toBe(false);
    const lines = response.headers.getSetCookie();
    expect(lines).toHaveLength(2);
    expect((await sealed.reader.read(afterwards(cookie, lines)))?.data.cart).toEqual(['seen']);
  });

  it.each<[string, (headers: Headers) => NextResponseType]>([
    ['a rewrite', () => NextResponse.rewrite('http://localhost:3000/other')],
    ['a rewrite with headers', (headers) => NextResponse.rewrite('http://localhost:3000/o', { request: { headers } })],
    ['next() with headers', (headers) => NextResponse.next({ request: { headers } })],
  ])('hands what was saved on with %s of the application', async (name, answer) => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const request = nextRequest(`theme=dark; ${cookie}`);
    const response = await sealed.reader.proxy(request, NextResponse, async (session) => {
      await count(session);
      const headers = new Headers(request.headers);
      headers.set('x-user', 'ada');
      headers.set('cookie', `theme=light; ${cookie}`);
      return answer(headers);
    });
    const rest = restOf(request, response);
    const own = name.endsWith('headers');
    expect(rest.get('x-user')).toBe(own ? 'ada' : null);
    expect(rest.get('cookie')).toMatch(own ? /^theme=light; session=/ : /^theme=dark; session=/);
    expect((await sealed.reader.read(rest))?.data.cart).toEqual(['seen']);
  });

  it('rejects when the revocation store is out of order', async () => {
    const sealed = sealedReader();
    const request = nextRequest(await loggedIn(sealed));
    const broken = createSealedSessionReader<AppSession>({ ...sealed.options, revocation: brokenRevocation() });
    await expect(broken.proxy(request, NextResponse, () => undefined)).rejects.toThrow(SessionStoreError);
  });
});
