import { parseSetCookie } from 'cookie';
import { SessionTooLargeError } from 'nest-session/standalone';
import { beforeEach, describe, expect, it } from 'vitest';
import { afterwards, HOUR, loggedIn, MINUTE, sealedReader } from './support.js';
import { WAYS, type Use } from './ways-to-write.js';

describe.each(Object.entries(WAYS))('open() in %s', (_name, way) => {
  let sealed: ReturnType<typeof sealedReader>;
  beforeEach(() => void (sealed = sealedReader({ chunk: true, cookieOptions: { domain: 'example.com' } })));

  const after = async (cookie: string | undefined, use: Use) =>
    afterwards(cookie, await way(sealed.reader, cookie, use));
  const read = (cookie: string | undefined) => sealed.reader.read(cookie);

  it('sets no cookie without a write', async () => {
    const cookie = await loggedIn(sealed);
    expect(await way(sealed.reader, cookie, async ({ data }) => void (data.text = 'unsaved'))).toEqual([]);
    expect(await way(sealed.reader, undefined, async ({ data }) => void (data.text = 'unsaved'))).toEqual([]);
  });

  it('saves what changed, with the idle deadline anew, in one cookie', async () => {
    const cookie = await loggedIn(sealed, { id: 'ada' }, { cart: ['a'] });
    const before = await read(cookie);
    sealed.clock.advance(20 * MINUTE);
    const lines = await way(sealed.reader, cookie, async (session) => {
      expect(session).toMatchObject({ ...before, data: { user: { id: 'ada' }, cart: ['a'] } });
      session.data.cart?.push('b');
      await session.save();
      session.data.cart?.push('c');
      await session.save();
      expect(session.lastSeenAt).toBe(sealed.clock.now());
    });
    expect(lines).toHaveLength(1);
    expect(parseSetCookie(lines[0] ?? '')).toMatchObject({
      name: 'session',
      httpOnly: true,
      path: '/',
      sameSite: 'lax',
      domain: 'example.com',
      maxAge: 1800,
    });
    const now = sealed.clock.now();
    expect(await read(afterwards(cookie, lines))).toEqual({
      ...before,
      data: { user: { id: 'ada' }, cart: ['a', 'b', 'c'] },
      lastSeenAt: now,
      expiresAt: now + 30 * MINUTE,
    });
  });

  it('never extends the absolute deadline', async () => {
    let cookie: string | undefined = await loggedIn(sealed);
    for (let minutes = 29; minutes < 8 * 60; minutes += 29) {
      sealed.clock.advance(29 * MINUTE);
      cookie = await after(cookie, (session) => session.save());
    }
    expect(await read(cookie)).not.toBeNull();
    sealed.clock.advance(8 * HOUR - 16 * 29 * MINUTE - 1);
    expect(await read(cookie)).not.toBeNull();
    sealed.clock.advance(1);
    expect(await read(cookie)).toBeNull();
  });

  it('begins a session for a visitor without one', async () => {
    const cookie = await after(undefined, async (session) => {
      expect(session.data).toEqual({});
      session.data.cart = ['a'];
      await session.save();
    });
    expect(await read(cookie)).toMatchObject({ data: { cart: ['a'] }, authenticatedAt: undefined });
  });

  it('login() begins a new session, keeps what is asked for, and ends every copy of the old one', async () => {
    const before = await after(undefined, async (session) => {
      Object.assign(session.data, { cart: ['a'], text: 'dropped' });
      await session.save();
    });
    sealed.clock.advance(MINUTE);
    const cookie = await after(before, async (session) => {
      const { handle } = session;
      await session.login({ id: 'ada', name: 'Ada' }, { keep: ['cart'] });
      expect(session.handle).not.toBe(handle);
      expect(session.data).toEqual({ cart: ['a'], user: { id: 'ada', name: 'Ada' } });
    });
    const now = sealed.clock.now();
    expect(await read(cookie)).toMatchObject({
      data: { cart: ['a'], user: { id: 'ada', name: 'Ada' } },
      createdAt: now,
      authenticatedAt: now,
    });
    expect(await read(before)).toBeNull();
  });

  it('login() with remember keeps the session and its cookie for that long', async () => {
    const lines = await way(sealed.reader, undefined, (session) => session.login({ id: 'ada' }, { remember: '14d' }));
    expect(parseSetCookie(lines[0] ?? '')?.maxAge).toBe(14 * 24 * 3600);
    sealed.clock.advance(14 * 24 * HOUR - 1);
    expect(await read(afterwards(undefined, lines))).not.toBeNull();
    sealed.clock.advance(1);
    expect(await read(afterwards(undefined, lines))).toBeNull();
  });

  it('logout() ends every copy and takes the cookie out of the browser', async () => {
    const before = await loggedIn(sealed);
    const lines = await way(sealed.reader, before, async (session) => {
      await session.logout();
      expect(session.data).toEqual({});
      await expect(session.save()).rejects.toMatchObject({ code: 'SESSION_GONE' });
    });
    expect(lines).toHaveLength(1);
    expect(parseSetCookie(lines[0] ?? '')).toMatchObject({
      name: 'session',
      domain: 'example.com',
      path: '/',
      httpOnly: true,
      maxAge: 0,
    });
    expect(await read(before)).toBeNull();
  });

  it('login() works after logout(), in one cookie', async () => {
    const before = await loggedIn(sealed);
    const lines = await way(sealed.reader, before, async (session) => {
      await session.logout();
      await session.login({ id: 'bob' });
    });
    expect(lines).toHaveLength(1);
    expect((await read(afterwards(before, lines)))?.data.user).toEqual({ id: 'bob' });
  });

  it('goes from one cookie to chunks and back, and leaves none behind', async () => {
    const names = (cookie: string | undefined) => cookie?.split('; ').map((pair) => pair.split('=', 1)[0]);
    const whole = await loggedIn(sealed);
    const chunked = await after(whole, async (session) => {
      session.data.text = 'x'.repeat(7_000);
      await session.save();
    });
    expect(names(chunked)).toEqual(['session.0', 'session.1', 'session.2']);
    const smaller = await after(chunked, async (session) => {
      session.data.text = 'y'.repeat(4_000);
      await session.save();
    });
    expect(names(smaller)).toEqual(['session.0', 'session.1']);
    expect((await read(smaller))?.data.text).toBe('y'.repeat(4_000));
    const small = await after(smaller, async (session) => {
      // Twice in one response: what the first one set is not left behind.
      session.data.text = 'z'.repeat(8_000);
      await session.save();
      delete session.data.text;
      await session.save();
    });
    expect(names(small)).toEqual(['session']);
    expect((await read(small))?.data).toEqual({ user: { id: 'ada' } });
    expect(await after(chunked, (session) => session.logout())).toBeUndefined();
  });

  it('refuses what does not fit before anything is written or ended', async () => {
    const cookie = await loggedIn(sealed);
    const tooLarge = { id: 'ada', name: 'x'.repeat(20_000) };
    const lines = await way(sealed.reader, cookie, async (session) => {
      await expect(session.login(tooLarge)).rejects.toThrow(SessionTooLargeError);
      session.data.text = tooLarge.name;
      await expect(session.save()).rejects.toThrow(/Largest: text \(20002 bytes\)/);
    });
    expect(lines).toEqual([]);
    expect((await read(cookie))?.data).toEqual({ user: { id: 'ada' } });
  });

  it.each([
    [{}, 'SESSION_LOGIN_USER'],
    [{ id: '' }, 'SESSION_LOGIN_USER'],
    [null, 'SESSION_LOGIN_USER'],
  ])('login() refuses the user %j', async (user, code) => {
    await way(sealed.reader, undefined, async (session) => {
      await expect(session.login(user as { id: string })).rejects.toMatchObject({ code });
    });
  });

  it('refuses a duration that is none, and values that are not JSON', async () => {
    const lines = await way(sealed.reader, undefined, async (session) => {
      await expect(session.login({ id: 'ada' }, { remember: 'long' as '1d' })).rejects.toMatchObject({
        code: 'SESSION_BAD_DURATION',
      });
      (session.data as { big: bigint }).big = 1n;
      await expect(session.save()).rejects.toMatchObject({ code: 'SESSION_NOT_JSON' });
    });
    expect(lines).toEqual([]);
  });
});
