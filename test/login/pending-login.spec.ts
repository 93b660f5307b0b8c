import { expect, it } from 'vitest';
import { nextTurn } from '../support/next-turn.js';
import { describeBackends } from '../support/backends.js';
import { stateOf, statusOf } from '../support/step-up-state.js';

const MINUTE = 60_000;

describeBackends('a login that lacks its second factor', {}, (bench) => {
  it('is none: guards refuse, there is no user, and only the login goes on', async () => {
    const { app, clock } = bench;
    const client = app.client();
    expect(await statusOf(client.post('/begin', { id: 'u1' }))).toBe(200);
    expect(await stateOf(client)).toMatchObject({
      user: null,
      pending: { user: { id: 'u1' }, expiresAt: clock.now() + 10 * MINUTE },
    });
    expect((await stateOf(client)).values).toEqual({});
    for (const path of ['/me', '/recent', '/aal2', '/open-aal2', '/support'])
      expect(await statusOf(client.get(path))).toBe(401);
    for (const path of ['/reauthenticate', '/impersonate'])
      expect(await statusOf(client.post(path, { id: 'u2' }))).toBe(401);
    expect(await statusOf(client.post('/elevate', { aal: 2 }))).toBe(401);
    await nextTurn();
    expect(app.events.filter(({ name }) => name === 'login')).toEqual([]);
  });

  it('is completed once, with a new id and the level of two factors', async () => {
    const { app } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    const stolen = await client.clone();
    const completed = await client.post('/complete');
    expect([completed.status, await completed.json()]).toEqual([200, { user: { id: 'u1' }, pending: null }]);
    expect(await statusOf(client.get('/aal2'))).toBe(200);
    expect(await statusOf(client.get('/recent'))).toBe(200);
    expect(await statusOf(stolen.post('/complete'))).toBe(401);
    expect(await statusOf(stolen.get('/me'))).toBe(401);
    expect(await statusOf(client.get('/me'))).toBe(200);
    const again = await client.post('/complete');
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([401, 'SESSION_LOGIN_NOT_PENDING']);
    expect(app.events.filter(({ name }) => name === 'login')).toMatchObject([{ userId: 'u1' }]);
  });

  it('is completed by one of ten requests at the same time', async () => {
    const { app } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    const others = await Promise.all(Array.from({ length: 10 }, () => client.clone()));
    const statuses = await Promise.all(others.map((other) => statusOf(other.post('/complete'))));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    // By the moment at which they are read: beside the one that does, or after it.
    expect(statuses.filter((status) => status === 401 || status === 409)).toHaveLength(9);
    const alive = await Promise.all(others.map((other) => statusOf(other.get('/me'))));
    expect(alive.filter((status) => status === 200)).toHaveLength(1);
  });

  it('is over after its time, however often it is looked at', async () => {
    const { app, clock } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1', ttl: '2m' });
    for (let minute = 0; minute < 2; minute++) {
      expect((await stateOf(client)).pending).not.toBeNull();
      clock.advance(MINUTE);
    }
    expect((await stateOf(client)).pending).toBeNull();
    expect(await statusOf(client.post('/complete'))).toBe(401);
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('ends the session before, and carries over what it is told to', async () => {
    const { app } = bench;
    const signedIn = await app.login('u0');
    await signedIn.post('/values', { cart: 'of u0' });
    const old = await signedIn.clone();
    await signedIn.post('/begin', { id: 'u1', keep: ['cart', 'user'] });
    expect(await statusOf(old.get('/me'))).toBe(401);
    // What belongs to one user is carried over to no other.
    expect((await stateOf(signedIn)).values).toEqual({});
    const client = app.client();
    await client.post('/values', { cart: 1, secret: 2 });
    await client.post('/begin', { id: 'u1', keep: ['cart', 'user'] });
    expect(await stateOf(client)).toMatchObject({ user: null, values: { cart: 1 } });
    expect((await stateOf(client)).values).toEqual({ cart: 1 });
    await client.post('/complete', { keep: ['cart'], aal: 1 });
    expect((await stateOf(client)).values).toEqual({ cart: 1, user: { id: 'u1' } });
    expect(await statusOf(client.get('/aal2'))).toBe(403);
  });

  it('cannot be planted: the id of before is dead when it begins, and when it is complete', async () => {
    const { app } = bench;
    const attacker = app.client();
    await attacker.post('/values', { planted: true });
    const victim = await attacker.clone();
    await victim.post('/begin', { id: 'u1' });
    expect(await statusOf(attacker.post('/complete'))).toBe(401);
    await victim.post('/complete');
    expect(await statusOf(attacker.get('/me'))).toBe(401);
    expect((await stateOf(victim)).values).toEqual({ user: { id: 'u1' } });
  });

  it('gives way to another login, and to a logout', async () => {
    const { app } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    await client.post('/login', { id: 'u2' });
    expect(await stateOf(client)).toMatchObject({ user: { id: 'u2' }, pending: null });
    expect(await statusOf(client.post('/complete'))).toBe(401);
    await client.post('/begin', { id: 'u1' });
    await client.post('/logout');
    expect(await statusOf(client.post('/complete'))).toBe(401);
  });

  it('is refused on a link, without a user, and without a duration', async () => {
    const { app } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    expect(await statusOf(client.get('/complete'))).toBe(500);
    for (const body of [{}, { id: '' }, { id: 'u1', ttl: 0 }, { id: 'u1', ttl: 'soon' }])
      expect(await statusOf(client.post('/begin', body))).toBe(500);
    expect(await statusOf(client.post('/complete', { aal: 9 }))).toBe(500);
    expect(await statusOf(client.post('/complete'))).toBe(200);
  });
});
