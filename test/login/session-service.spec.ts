import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStore, SessionException } from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import type { HttpClient } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: TestClock;
let app: TestApp;
let client: HttpClient;

// Other suites show what each method means over HTTP. This one calls all of them as an application does, in a handler.
describe.each([
  ['a store', true, () => memoryStore({ clock })],
  [
    'a sealed cookie',
    false,
    () =>
      sealedCookie({
        password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp',
        cookieName: 'sid',
        revocation: memoryRevocation({ clock }),
      }),
  ],
])('SessionService on %s', (_name, shares, open) => {
  beforeEach(async () => {
    clock = new TestClock();
    app = await startTestApp('express', { store: open(), clock, absoluteTimeout: '8h' });
    client = app.client();
  });
  afterEach(() => app.close());

  it('logs in, says who is logged in since when, and logs out', async () => {
    expect(await app.within(client, (sessions) => sessions.user)).toBeUndefined();
    const handle = await app.within(client, async (sessions) => {
      await sessions.login({ id: 'u1', roles: ['admin'] });
      expect(sessions.user).toEqual({ id: 'u1', roles: ['admin'] });
      expect(sessions.info).toMatchObject({ createdAt: clock.now(), authenticatedAt: clock.now() });
      return sessions.info.handle;
    });
    clock.advance(MINUTE);
    await app.within(client, async (sessions) => {
      expect(sessions.user).toEqual({ id: 'u1', roles: ['admin'] });
      expect(sessions.info).toMatchObject({ handle, authenticatedAt: clock.now() - MINUTE });
      await sessions.logout();
      expect(sessions.user).toBeUndefined();
    });
    expect(await app.within(client, (sessions) => sessions.user)).toBeUndefined();
  });

  it('reads, saves, reads again, and ends what a session holds', async () => {
    await app.within(client, async (sessions) => {
      Object.assign(sessions.current, { n: 1 });
      await sessions.save();
      Object.assign(sessions.current, { n: 7 });
      await sessions.reload();
      expect(sessions.current).toMatchObject({ n: 1 });
      expect(await sessions.load()).toBe(sessions.current);
    });
    const before = await client.cookie();
    await app.within(client, (sessions) => sessions.regenerate());
    expect(await client.cookie()).not.toBe(before);
    await app.within(client, async (sessions) => {
      expect(sessions.current).toMatchObject({ n: 1 });
      await sessions.destroy();
      expect(() => sessions.current).toThrow(SessionException);
    });
    expect(await app.within(client, (sessions) => sessions.current)).not.toHaveProperty('n');
  });

  it('updates values in one step, where requests share a store', async () => {
    await app.within(client, (sessions) => void Object.assign(sessions.current, { n: 1 }));
    const updated = app.within(client, (sessions) =>
      sessions.update((values) => (values['n'] = Number(values['n']) + 1)),
    );
    const answer: unknown = await updated.catch((error: unknown) => (error as { code?: unknown }).code);
    expect(answer).toBe(shares ? 2 : 'SESSION_NEEDS_STORE');
    expect(await app.within(client, (sessions) => sessions.current)).toMatchObject({ n: shares ? 2 : 1 });
  });

  it('hands out the session object of express-session, with its cookie', async () => {
    await app.within(client, ({ current }) => {
      current.cookie.maxAge = HOUR;
      // As time passes: what is left becomes less, and what was asked for stays.
      current.cookie.expires = new Date(Date.now() + MINUTE);
      current.cookie.originalMaxAge = HOUR;
      current.resetMaxAge();
      expect(current.cookie.maxAge).toBeGreaterThan(HOUR - MINUTE);
      current.touch();
      expect(current.cookie.maxAge).toBeLessThanOrEqual(HOUR);
    });
  });

  it('tells how long a session still lasts, and makes it last longer', async () => {
    expect(await app.within(client, (sessions) => sessions.remaining())).toBeUndefined();
    await app.within(client, (sessions) => sessions.login({ id: 'u1' }, { absoluteTimeout: '1h' }));
    clock.advance(20 * MINUTE);
    const remaining = await app.within(client, (sessions) => sessions.remaining());
    expect(remaining).toMatchObject({ absoluteExpiresAt: clock.now() + 40 * MINUTE });
    const extended = await app.within(client, (sessions) => sessions.extend());
    const ends = { idleExpiresAt: clock.now() + 30 * MINUTE, absoluteExpiresAt: clock.now() + 40 * MINUTE };
    expect(extended).toMatchObject({ ...ends, expiresAt: ends.idleExpiresAt });
  });

  it('completes a login that waits for its second factor', async () => {
    await app.within(client, async (sessions) => {
      await sessions.beginLogin({ id: 'u1' });
      expect(sessions.pendingLogin).toMatchObject({ user: { id: 'u1' } });
      expect(sessions.user).toBeUndefined();
    });
    await app.within(client, async (sessions) => {
      expect(await sessions.completeLogin()).toEqual({ id: 'u1' });
      expect([sessions.user, sessions.pendingLogin]).toEqual([{ id: 'u1' }, undefined]);
    });
  });

  it('proves a user anew, and more than before', async () => {
    await app.within(client, (sessions) => sessions.login({ id: 'u1' }));
    const before = await client.cookie();
    clock.advance(HOUR / 3);
    await app.within(client, async (sessions) => {
      await sessions.reauthenticate();
      expect(sessions.info.authenticatedAt).toBe(clock.now());
    });
    expect(await client.cookie()).not.toBe(before);
    await app.within(client, (sessions) => sessions.elevate({ aal: 2 }));
    expect(app.events).toContainEqual(expect.objectContaining({ name: 'elevated', userId: 'u1', aal: 2 }));
  });

  it('acts as another user, and as itself again', async () => {
    await app.within(client, (sessions) => sessions.login({ id: 'admin' }));
    await app.within(client, async (sessions) => {
      await sessions.impersonate({ id: 'u1' }, { reason: 'ticket 7' });
      expect([sessions.user?.id, sessions.actor?.user.id]).toEqual(['u1', 'admin']);
    });
    await app.within(client, async (sessions) => {
      expect(await sessions.stopImpersonating()).toBe(true);
      expect([sessions.user?.id, sessions.actor]).toEqual(['admin', undefined]);
      expect(await sessions.stopImpersonating()).toBe(false);
    });
  });

  it('binds a session to one at an identity provider, which can end it', async () => {
    const idp = { issuer: 'https://idp.test', sid: 's1' };
    await app.within(client, async (sessions) => {
      await sessions.login({ id: 'u1' });
      await sessions.bindIdp({ ...idp, sub: 'subject 1' });
    });
    expect(await app.within(client, (sessions) => sessions.user?.id)).toBe('u1');
    clock.advance(1);
    await app.registry.revokeByIdp(idp);
    expect(await app.within(client, (sessions) => sessions.user)).toBeUndefined();
  });

  it('keeps messages, a way back, and values for one use', async () => {
    await app.within(client, async (sessions) => {
      await sessions.flash('info', 'saved');
      expect(await sessions.returnTo.set('/orders?page=2')).toBe(true);
      expect(await sessions.returnTo.set('//evil.test')).toBe(false);
    });
    const state = await app.within(client, (sessions) => sessions.once('oauth', { data: { verifier: 'v' } }));
    expect(await app.within(client, (sessions) => sessions.takeOnce('other', state))).toBeUndefined();
    expect(await app.within(client, (sessions) => sessions.takeOnce('oauth', state))).toEqual({
      data: { verifier: 'v' },
    });
    expect(await app.within(client, (sessions) => sessions.takeOnce('oauth', state))).toBeUndefined();
    expect(await app.within(client, (sessions) => sessions.flash('info'))).toEqual(['saved']);
    expect(await app.within(client, (sessions) => sessions.flash())).toEqual({});
    expect(await app.within(client, (sessions) => sessions.returnTo.take('/home'))).toBe('/orders?page=2');
    expect(await app.within(client, (sessions) => sessions.returnTo.take('/home'))).toBe('/home');
  });
});
