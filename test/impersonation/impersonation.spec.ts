import { expect, it } from 'vitest';
import { nextTurn } from '../support/next-turn.js';
import { describeBackends } from '../support/backends.js';
import { ascending, stateOf, statusOf } from '../support/step-up-state.js';
import { until } from '../support/redis-server.js';

const MINUTE = 60_000;

describeBackends('impersonation', { idleTimeout: '30m', absoluteTimeout: '8h' }, (bench) => {
  const acting = async (extra: object = {}) => {
    const client = await bench.app.login('admin', { roles: ['admin'], aal: 2 });
    await client.post('/values', { desk: 'mine' });
    const response = await client.post('/impersonate', { id: 'customer', ...extra });
    if (response.status !== 200) throw new Error(await response.text());
    return client;
  };

  it('shows the other user, an empty session, and who it is', async () => {
    const { clock } = bench;
    const client = await acting({ for: '20m', reason: 'ticket 7' });
    const state = await stateOf(client);
    expect(state.user).toEqual({ id: 'customer', roles: ['customer'] });
    expect(state.values).toEqual({ user: { id: 'customer', roles: ['customer'] } });
    expect(state.info).toMatchObject({ impersonatedBy: 'admin', expiresAt: clock.now() + 20 * MINUTE });
    expect(state.actor).toEqual({
      user: { id: 'admin', roles: ['admin'] },
      until: clock.now() + 20 * MINUTE,
      reason: 'ticket 7',
    });
  });

  it('gives the actor back the own values, and nothing else', async () => {
    const client = await acting();
    await client.post('/values', { desk: 'theirs', left: 'behind' });
    expect(await (await client.post('/stop')).json()).toEqual({ stopped: true });
    const state = await stateOf(client);
    expect(state.values).toEqual({ desk: 'mine', user: { id: 'admin', roles: ['admin'] } });
    expect([state.actor, state.info.impersonatedBy]).toEqual([null, undefined]);
    expect(await statusOf(client.get('/both'))).toBe(200);
    expect(await (await client.post('/stop')).json()).toEqual({ stopped: false });
  });

  it('kills the old id both ways', async () => {
    const { app } = bench;
    const client = await app.login('admin');
    const before = await client.clone();
    await client.post('/impersonate', { id: 'customer' });
    expect(await statusOf(before.get('/me'))).toBe(401);
    const during = await client.clone();
    await client.post('/stop');
    expect(await statusOf(during.get('/me'))).toBe(401);
    expect(await statusOf(client.get('/me'))).toBe(200);
  });

  it('ends the session when its time is up, in use or not, and never outlives the actor', async () => {
    const { app, clock } = bench;
    const client = await acting({ for: '20m' });
    clock.advance(19 * MINUTE);
    expect(await statusOf(client.get('/me'))).toBe(200);
    clock.advance(MINUTE);
    expect(await statusOf(client.get('/me'))).toBe(401);
    expect((await stateOf(client)).user).toBeNull();
    await until('it is told', async () => app.events.some(({ name }) => name === 'impersonationEnded'));
    expect(app.events).toContainEqual(
      expect.objectContaining({ name: 'expired', reason: 'absolute', userId: 'customer', actor: { userId: 'admin' } }),
    );
    expect(app.events.filter(({ name }) => name === 'impersonationEnded')).toMatchObject([
      { reason: 'expired', userId: 'customer', actor: { userId: 'admin' } },
    ]);
    const late = await app.login('admin');
    for (let i = 0; i < 23; i++) {
      clock.advance(20 * MINUTE);
      expect(await statusOf(late.post('/values', { i }))).toBe(200);
    }
    expect(await statusOf(late.post('/impersonate', { id: 'customer', for: '4h' }))).toBe(200);
    expect((await stateOf(late)).actor?.until).toBe(clock.now() + 20 * MINUTE);
    await late.post('/stop');
    clock.advance(20 * MINUTE);
    expect(await statusOf(late.get('/me'))).toBe(401);
  });

  it('does not extend the session of the actor', async () => {
    const { app, clock } = bench;
    const client = await app.login('admin');
    const { authenticatedAt } = (await stateOf(client)).info;
    clock.advance(20 * MINUTE);
    await client.post('/impersonate', { id: 'customer' });
    clock.advance(MINUTE);
    await client.post('/stop');
    expect((await stateOf(client)).info.authenticatedAt).toBe(authenticatedAt);
    expect(await statusOf(client.get('/recent'))).toBe(403);
  });

  it('is not nested, not of oneself, and for users alone', async () => {
    const { app } = bench;
    const code = async (response: Promise<Response>) => {
      const answer = await response;
      return [answer.status, ((await answer.json()) as { code?: string }).code];
    };
    expect(await code(app.client().post('/impersonate', { id: 'customer' }))).toEqual([401, 'SIGN_IN_REQUIRED']);
    const client = await acting();
    expect(await code(client.post('/impersonate', { id: 'other' }))).toEqual([403, 'SESSION_IMPERSONATION']);
    expect((await stateOf(client)).user?.id).toBe('customer');
    await client.post('/stop');
    expect(await code(client.post('/impersonate', { id: 'admin' }))).toEqual([403, 'SESSION_IMPERSONATION']);
    for (const body of [{}, { id: 'x', for: '0m' }, { id: 'x', for: 'long' }])
      expect(await statusOf(client.post('/impersonate', body))).toBe(500);
    expect(await statusOf(client.get('/by-link?what=stopImpersonating'))).toBe(500);
  });

  it('never passes a step-up, unless that is allowed; then what the actor has proven counts', async () => {
    const { app, clock } = bench;
    const client = await acting();
    for (const path of ['/recent', '/aal2', '/both', '/open-aal2']) {
      const refused = await client.get(path);
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        403,
        'SESSION_IMPERSONATION',
      ]);
    }
    expect(await statusOf(client.get('/support'))).toBe(200);
    clock.advance(11 * MINUTE);
    expect(await statusOf(client.get('/support'))).toBe(403);
    const weak = await app.login('clerk');
    await weak.post('/impersonate', { id: 'customer' });
    expect(await statusOf(weak.get('/support'))).toBe(403);
  });

  it('refuses reauthentication as the other user', async () => {
    const client = await acting();
    for (const [path, body] of [
      ['/reauthenticate', {}],
      ['/elevate', { aal: 3 }],
      ['/idp', { issuer: 'https://idp', sid: '1' }],
    ] as const)
      expect(await statusOf(client.post(path, body))).toBe(403);
    expect((await stateOf(client)).actor?.user.id).toBe('admin');
  });

  it('is over with a logout and with another login, and the actor does not come back', async () => {
    const { app } = bench;
    const out = await acting();
    await out.post('/logout');
    expect(await (await out.post('/stop')).json()).toEqual({ stopped: false });
    expect(await statusOf(out.get('/me'))).toBe(401);
    for (const path of ['/login', '/begin']) {
      const other = await acting();
      const during = await other.clone();
      expect(await statusOf(other.post(path, { id: 'u2' }))).toBe(200);
      expect(await (await other.post('/stop')).json()).toEqual({ stopped: false });
      expect(await stateOf(other)).toMatchObject({ actor: null });
      expect((await stateOf(other)).user?.id).toBe(path === '/login' ? 'u2' : undefined);
      expect(await statusOf(during.get('/me'))).toBe(401);
    }
    await nextTurn();
    expect(app.events.filter(({ name }) => name === 'impersonationEnded')).toHaveLength(2);
  });

  it('is begun by one of two requests at the same time, and ended by one', async () => {
    const { app } = bench;
    const client = await app.login('admin');
    const same = await client.clone();
    const both = await Promise.all([client, same].map((it) => statusOf(it.post('/impersonate', { id: 'customer' }))));
    const [first, second] = both.sort(ascending);
    expect(first).toBe(200);
    // By the moment at which it is read: the secret has been replaced, or is about to be.
    expect([401, 409]).toContain(second);
    const winner = (await stateOf(client)).actor ? client : same;
    const again = await winner.clone();
    const ends = await Promise.all([winner, again].map(async (it) => (await it.post('/stop')).json()));
    expect(ends.filter((end) => (end as { stopped?: boolean }).stopped)).toHaveLength(1);
    const left = (await stateOf(winner)).user ? winner : again;
    expect(await stateOf(left)).toMatchObject({ user: { id: 'admin' }, actor: null });
  });

  it('names the actor in every event while it lasts', async () => {
    const { app } = bench;
    const client = await acting({ reason: 'ticket 7' });
    const { handle } = (await stateOf(client)).info;
    await client.post('/stop');
    await client.post('/impersonate', { id: 'customer' });
    await client.post('/logout');
    await nextTurn();
    const told = app.events.filter(({ name }) => ['impersonated', 'impersonationEnded', 'logout'].includes(name));
    expect(told).toMatchObject([
      { name: 'impersonated', handle, userId: 'customer', actor: { userId: 'admin' }, reason: 'ticket 7' },
      { name: 'impersonationEnded', userId: 'customer', actor: { userId: 'admin' }, reason: 'stopped' },
      { name: 'impersonated', userId: 'customer', actor: { userId: 'admin' } },
      { name: 'logout', userId: 'customer', actor: { userId: 'admin' } },
    ]);
    const during = app.events.filter((event) => 'userId' in event && event.userId === 'customer');
    expect(during.filter((event) => !('actor' in event))).toEqual([]);
  });

  it('is seen in the list of the user, where a store can list', async () => {
    const { app } = bench;
    await acting();
    await app.login('customer');
    const actorsIn = async (userId: string): Promise<unknown> => {
      try {
        return (await app.registry.list(userId)).map(({ impersonatedBy = 'nobody' }) => String(impersonatedBy)).sort();
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(await actorsIn('admin')).toEqual(bench.sealed ? 'SESSION_NEEDS_INDEX' : ['admin']);
    expect(await actorsIn('customer')).toEqual(bench.sealed ? 'SESSION_NEEDS_INDEX' : ['admin', 'nobody']);
  });

  it('is over when all sessions of the actor, or of the user, are ended', async () => {
    const { app } = bench;
    for (const userId of ['admin', 'customer']) {
      const client = await acting();
      await app.registry.revokeAll(userId);
      expect(await statusOf(client.get('/me'))).toBe(401);
    }
    const free = await acting();
    await app.registry.revokeAll('nobody');
    expect(await statusOf(free.get('/me'))).toBe(200);
    await free.post('/stop');
    await app.registry.revokeAll('admin');
    expect(await statusOf(free.get('/me'))).toBe(401);
  });
});
