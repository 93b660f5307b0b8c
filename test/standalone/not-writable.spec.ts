import { SessionUsageError } from 'nest-session/standalone';
import { describe, expect, it } from 'vitest';
import { cookiesOfComponent, nextRequest } from './next.js';
import { nodeExchange } from './node-exchange.js';
import { afterwards, loggedIn, sealedReader } from './support.js';

describe('open() where nothing can be written', () => {
  it('reads in a Server Component, and says where to write', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const session = await sealed.reader.open(cookiesOfComponent(cookie));
    expect(session.data.user).toEqual({ id: 'ada' });
    for (const write of [() => session.save(), () => session.login({ id: 'bob' }), () => session.logout()]) {
      const refused: unknown = await write().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SessionUsageError);
      expect(refused).toMatchObject({
        code: 'SESSION_NOT_WRITABLE',
        message: expect.stringMatching(/server action, a route handler, an API route or proxy\.ts/),
        cause: expect.objectContaining({ message: expect.stringMatching(/Cookies can only be modified in a Server/) }),
      });
    }
    // Nothing was ended either.
    expect(await sealed.reader.read(cookie)).not.toBeNull();
  });

  it('leaves the errors alone by which Next.js finds its way', async () => {
    const { reader } = sealedReader();
    const redirect = Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;replace;/;307;' });
    const session = await reader.open({
      get: () => undefined,
      set: () => {
        throw redirect;
      },
    });
    await expect(session.save()).rejects.toBe(redirect);
  });

  it('refuses after the response of Node has begun, before anything is ended', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    await nodeExchange(cookie, async (req, res) => {
      const session = await sealed.reader.open(req, res);
      res.write('begun');
      for (const write of [() => session.save(), () => session.login({ id: 'bob' }), () => session.logout()])
        await expect(write()).rejects.toMatchObject({ code: 'SESSION_HEADERS_SENT' });
    });
    expect(await sealed.reader.read(cookie)).not.toBeNull();
  });

  it('refuses a Response whose headers cannot be changed', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const session = await sealed.reader.open(cookie, Response.redirect('http://localhost/'));
    await expect(session.logout()).rejects.toMatchObject({ code: 'SESSION_NOT_WRITABLE' });
    expect(await sealed.reader.read(cookie)).not.toBeNull();
  });

  it('refuses what cookies cannot be written to', async () => {
    const { reader } = sealedReader();
    for (const target of [undefined, {}, 'text', nextRequest(undefined)])
      await expect(reader.open(target as never)).rejects.toMatchObject({ code: 'SESSION_COOKIE_SOURCE' });
  });

  it('logs in on POST, and on GET where that is asked for', async () => {
    const { reader } = sealedReader();
    const session = await reader.open(nextRequest(undefined, 'GET'), new Headers());
    await expect(session.login({ id: 'ada' })).rejects.toMatchObject({ code: 'SESSION_LOGIN_SAFE_METHOD' });
    await session.login({ id: 'ada' }, { allowSafeMethod: true });
    expect(session.data.user).toEqual({ id: 'ada' });
  });

  it('runs calls one after the other', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const headers = new Headers();
    const session = await sealed.reader.open(cookie, headers);
    const [saved, , late] = await Promise.allSettled([session.save(), session.logout(), session.save()]);
    expect([saved.status, late.status]).toEqual(['fulfilled', 'rejected']);
    expect(afterwards(cookie, headers.getSetCookie())).toBeUndefined();
  });
});
