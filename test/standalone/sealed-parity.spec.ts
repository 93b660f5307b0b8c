import { SessionRegistry } from 'nest-session';
import { createSealedSessionReader } from 'nest-session/standalone';
import { memoryRevocation, sealedCookie, type SealedCookieOptions } from 'nest-session/sealed';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../support/test-clock.js';
import { cookieOf, startNest, statusOf } from './nest-side.js';
import { nextRequest } from './next.js';
import { afterwards, HOUR, MINUTE, PASSWORD, type AppSession } from './support.js';

describe('a sealed session that Nest and the reader share', () => {
  async function start(more: Partial<SealedCookieOptions> = {}, absoluteTimeout?: '1h', rotateAfter?: '5m') {
    const clock = new TestClock();
    const options = { password: PASSWORD, cookieName: 'app', revocation: memoryRevocation({ clock }), ...more };
    const timeouts = absoluteTimeout === undefined ? {} : { absoluteTimeout };
    const app = await startNest({
      secret: undefined,
      store: sealedCookie(options),
      clock,
      rotateAfter,
      ...timeouts,
    });
    return { app, clock, reader: createSealedSessionReader<AppSession>({ ...options, ...timeouts, clock }) };
  }

  it('is the same on both sides: values, handle and times', async () => {
    const { app, clock, reader } = await start();
    const client = await app.login('ada', { roles: ['admin'] });
    await client.post('/values', { cart: ['a'] });
    clock.advance(2 * MINUTE);
    const { info } = (await (await client.get('/me')).json()) as { info: object };
    expect(await reader.read(nextRequest(await cookieOf(client)))).toEqual({
      data: { user: { id: 'ada', roles: ['admin'] }, cart: ['a'] },
      ...info,
    });
  });

  it('ends for every copy, whichever side it is logged out on', async () => {
    const { app, reader } = await start();
    const one = await app.login();
    const copy = await cookieOf(one);
    await one.post('/logout');
    expect(await reader.read(copy)).toBeNull();

    const another = await cookieOf(await app.login());
    await (await reader.open(another, new Headers())).logout();
    expect(await statusOf(app, another)).toBe(401);
  });

  it('goes on from a seal that was renewed by age for as long as in Nest, and is ended by it at any age', async () => {
    const { app, clock, reader } = await start({}, undefined, '5m');
    const renew = async () => {
      const client = await app.login('ada');
      const old = await cookieOf(client);
      clock.advance(5 * MINUTE);
      await client.get('/me');
      return { old, renewed: await cookieOf(client) };
    };
    const { old, renewed } = await renew();
    expect(renewed).not.toBe(old);
    for (const cookie of [old, renewed]) expect((await reader.read(cookie))?.data.user?.id).toBe('ada');
    const headers = new Headers();
    await (await reader.open(old, headers)).save();
    const saved = afterwards(old, headers.getSetCookie());
    expect(await statusOf(app, saved)).toBe(200);
    clock.advance(10_000);
    const late = new Headers();
    await expect((await reader.open(old, late)).save()).rejects.toMatchObject({ code: 'SESSION_GONE' });
    expect(late.getSetCookie()).toEqual([]);
    for (const cookie of [renewed, saved]) expect(await statusOf(app, cookie)).toBe(200);
    expect([await reader.read(old), await statusOf(app, old)]).toEqual([null, 401]);
    expect(await reader.read(renewed)).not.toBeNull();

    const again = await renew();
    clock.advance(2 * MINUTE);
    await (await reader.open(again.old, new Headers())).logout();
    for (const cookie of [again.old, again.renewed]) expect(await statusOf(app, cookie)).toBe(401);
  });

  it('begins on either side, and a login ends the session before', async () => {
    const { app, reader } = await start();
    const before = await cookieOf(await app.login('ada'));
    const headers = new Headers();
    await (await reader.open(before, headers)).login({ id: 'bob' });
    const cookie = afterwards(before, headers.getSetCookie());
    expect(await statusOf(app, before)).toBe(401);
    expect(await statusOf(app, cookie)).toBe(200);
    await app.app.get(SessionRegistry).revokeAll('bob');
    expect(await statusOf(app, cookie)).toBe(401);
    expect(await reader.read(cookie)).toBeNull();
  });

  it('is saved by either side, also in chunks', async () => {
    const { app, reader } = await start({ chunk: true });
    const client = await app.login();
    await client.post('/values', { text: 'n'.repeat(6_000) });
    const chunked = await cookieOf(client);
    const headers = new Headers();
    const session = await reader.open(chunked, headers);
    expect(session.data.text).toHaveLength(6_000);
    session.data.text = 'r';
    await session.save();
    const cookie = afterwards(chunked, headers.getSetCookie()) ?? '';
    expect(cookie.split('; ')).toHaveLength(1);
    const values = await (await app.client().get('/values', { cookie })).json();
    expect(values).toMatchObject({ text: 'r' });
  });

  it.each([
    ['the idle deadline', {}, 30 * MINUTE],
    ['the idle deadline of a browser session', { ttl: '20m', cookieOptions: { maxAge: undefined } }, 20 * MINUTE],
    ['the absolute deadline', { ttl: '1h' }, HOUR],
  ] as const)('ends by %s in the same millisecond', async (_name, more, lifetime) => {
    const { app, clock, reader } = await start(more, '1h');
    const fromNest = await cookieOf(await app.login());
    const headers = new Headers();
    await (await reader.open(undefined, headers)).login({ id: 'ada' });
    const cookies = [fromNest, afterwards(undefined, headers.getSetCookie())];
    clock.advance(lifetime - 1);
    for (const cookie of cookies) {
      expect(await reader.read(cookie)).not.toBeNull();
      expect(await statusOf(app, cookie)).toBe(200);
    }
    clock.advance(1);
    for (const cookie of cookies) {
      expect(await reader.read(cookie)).toBeNull();
      expect(await statusOf(app, cookie)).toBe(401);
    }
  });

  it('ends by the longer deadlines of a login that is remembered, on both sides', async () => {
    const { app, clock, reader } = await start();
    const headers = new Headers();
    await (await reader.open(undefined, headers)).login({ id: 'ada' }, { remember: '14d' });
    const cookies = [
      await cookieOf(await app.login('bob', { remember: '14d' })),
      afterwards(undefined, headers.getSetCookie()),
    ];
    clock.advance(14 * 24 * HOUR - 1);
    for (const cookie of cookies) expect([await statusOf(app, cookie), await reader.read(cookie)]).not.toContain(null);
    clock.advance(1);
    for (const cookie of cookies) expect([await statusOf(app, cookie), await reader.read(cookie)]).toEqual([401, null]);
  });

  it('is no session on both sides where two live cookies come', async () => {
    const { app, reader } = await start();
    const both = `${await cookieOf(await app.login('ada'))}; ${await cookieOf(await app.login('bob'))}`;
    expect(await reader.read(both)).toBeNull();
    expect(await statusOf(app, both)).toBe(401);
  });
});
