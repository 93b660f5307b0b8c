import { getIronSession as getIronSession9 } from 'iron-session';
import { getIronSession as getIronSession8 } from 'iron-session-8';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SealedSessionReaderOptions } from 'nest-session/standalone';
import { cookiesOfAction } from './next.js';
import { afterwards, loggedIn, PASSWORD, sealedReader, type AppSession } from './support.js';

const OTHER = 'B8nL1cW6yH3jD5fG0sApq7Zk2mV9xR4t';
const PATH = { secure: false };

interface Options {
  password: SealedSessionReaderOptions['password'];
  chunk?: boolean;
}
type Iron = AppSession & { save(): Promise<void>; destroy(): void };
type GetIronSession = (
  cookies: unknown,
  options: Options & { cookieName: string; ttl: number; cookieOptions: object },
) => Promise<Iron>;

describe.each([
  ['9', getIronSession9 as unknown as GetIronSession],
  ['8', getIronSession8 as unknown as GetIronSession],
])('iron-session %s', (version, getIronSession) => {
  // Only the date: iron-session goes by it, and its promises need the timers.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const sealed = (more: Partial<SealedSessionReaderOptions> = {}) =>
    sealedReader({ interop: 'iron-session', cookieOptions: PATH, ...more });

  /** Lets iron-session use the cookies of a server action. @returns the Cookie header afterwards */
  async function iron(cookie: string | undefined, options: Options, use: (session: Iron) => Promise<void> | void) {
    const { cookies, lines } = cookiesOfAction(cookie);
    const session = await getIronSession(cookies, {
      cookieName: 'session',
      ttl: 1_800,
      cookieOptions: PATH,
      ...options,
    });
    await use(session);
    return afterwards(cookie, lines());
  }

  it('seals what the reader reads', async () => {
    const cookie = await iron(undefined, { password: PASSWORD }, (session) => {
      Object.assign(session, { user: { id: 'ada' }, cart: ['ü'] });
      return session.save();
    });
    const session = await sealed().reader.read(cookie);
    expect(session).toMatchObject({ data: { user: { id: 'ada' }, cart: ['ü'] }, createdAt: Date.now() });
    expect(session?.expiresAt).toBe(Date.now() + 1_800_000);
  });

  it('reads what open().save() and login() sealed, and both go on with it', async () => {
    const { reader } = sealed();
    let cookie: string | undefined = await loggedIn({ reader });
    const handle = (await reader.read(cookie))?.handle;
    cookie = await iron(cookie, { password: PASSWORD }, (session) => {
      expect(session).toMatchObject({ user: { id: 'ada' } });
      session.cart = ['iron'];
      return session.save();
    });
    const headers = new Headers();
    const session = await reader.open(cookie, headers);
    expect(session.handle).toBe(handle);
    session.data.cart?.push('reader');
    await session.save();
    await iron(afterwards(cookie, headers.getSetCookie()), { password: PASSWORD }, (last) => {
      expect(last).toMatchObject({ user: { id: 'ada' }, cart: ['iron', 'reader'] });
    });
  });

  it('takes its session out of the browser, and the reader takes out one of iron-session for every copy', async () => {
    const { reader } = sealed();
    expect(
      await iron(await loggedIn({ reader }), { password: PASSWORD }, (session) => session.destroy()),
    ).toBeUndefined();
    const cookie = await iron(undefined, { password: PASSWORD }, (session) => {
      session.user = { id: 'ada' };
      return session.save();
    });
    const headers = new Headers();
    await (await reader.open(cookie, headers)).logout();
    expect(afterwards(cookie, headers.getSetCookie())).toBeUndefined();
    expect(await reader.read(cookie)).toBeNull();
  });

  it('goes on while passwords are rotated', async () => {
    const rotated = { 1: PASSWORD, 2: OTHER };
    const old = await iron(undefined, { password: PASSWORD }, (session) => {
      session.user = { id: 'ada' };
      return session.save();
    });
    const { reader } = sealed({ password: rotated });
    const headers = new Headers();
    const session = await reader.open(old, headers);
    expect(session.data.user).toEqual({ id: 'ada' });
    await session.save();
    const cookie = afterwards(old, headers.getSetCookie());
    expect(cookie).toContain('Fe26.2*2*');
    await iron(cookie, { password: rotated }, (again) => expect(again.user).toEqual({ id: 'ada' }));
    expect(await sealed({ password: { 2: OTHER } }).reader.read(old)).toBeNull();
    expect(await sealed({ password: { 2: OTHER } }).reader.read(cookie)).not.toBeNull();
  });

  // Version 8 has no chunks.
  if (version === '8') return;

  it('shares sessions in chunks', async () => {
    const options = { password: PASSWORD, chunk: true };
    const { reader } = sealed({ chunk: true });
    const cookie = await iron(undefined, options, (session) => {
      session.text = 'i'.repeat(7_000);
      return session.save();
    });
    expect(cookie).toMatch(/^session\.0=.*; session\.1=/);
    const headers = new Headers();
    const session = await reader.open(cookie, headers);
    expect(session.data.text).toBe('i'.repeat(7_000));
    session.data.text = 'r'.repeat(4_500);
    await session.save();
    const smaller = afterwards(cookie, headers.getSetCookie());
    await iron(smaller, options, (again) => expect(again.text).toBe('r'.repeat(4_500)));
  });
});
