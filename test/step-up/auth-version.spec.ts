import { expect, it } from 'vitest';
import type { SessionUser } from 'nest-session';
import { nextTurn } from '../support/next-turn.js';
import { describeBackends } from '../support/backends.js';
import { aboutStepUp, changes } from '../support/routes/step-up.routes.js';
import { stateOf, statusOf } from '../support/step-up-state.js';
import { startTestApp } from '../support/test-app.js';

const versions = new Map<string | number, number | null>();
let asked: (string | number)[] = [];
let broken = false;
const version = ({ id }: SessionUser) => {
  asked.push(id);
  if (broken) throw new Error('the user database is down');
  const found = versions.get(id);
  return Promise.resolve(found === undefined ? 1 : found);
};
const reset = () => {
  versions.clear();
  asked = [];
  broken = false;
};

describeBackends('authVersion', { authVersion: version }, (bench) => {
  it('ends the other sessions of a user who has changed, at their next request, and keeps the one that proves itself', async () => {
    reset();
    const { app } = bench;
    const [one, two, other] = [await app.login(), await app.login(), await app.login('u2')];
    expect(await statusOf(one.get('/me'))).toBe(200);
    changes.apply = () => void versions.set('u1', 2);
    expect(await statusOf(one.post('/change'))).toBe(200);
    expect(await statusOf(one.get('/me'))).toBe(200);
    const answer = await two.get('/me');
    expect(answer.status).toBe(401);
    // Only a logout takes the cookie away: that of a login beside this request must not go with it.
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await statusOf(two.get('/me'))).toBe(401);
    expect(await statusOf(other.get('/me'))).toBe(200);
    await nextTurn();
    expect(app.events.filter(({ name }) => name === 'revoked')).toMatchObject([
      { userId: 'u1', reason: 'auth-version' },
    ]);
    const anew = await app.login();
    expect(await statusOf(anew.get('/me'))).toBe(200);
  });

  it('asks once for each request with a user, and never without one', async () => {
    reset();
    const { app } = bench;
    const client = await app.login();
    asked = [];
    await client.get('/me');
    await client.get('/recent');
    await client.post('/values', { a: 1 });
    expect(asked).toEqual(['u1', 'u1', 'u1']);
    asked = [];
    const visitor = app.client();
    await visitor.post('/values', { a: 1 });
    await visitor.get('/state');
    await visitor.get('/me');
    expect(asked).toEqual([]);
  });

  it('tells once that a session is over, of requests that find it together', async () => {
    reset();
    const { app } = bench;
    const client = await app.login();
    versions.set('u1', 2);
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => statusOf((await client.clone()).get('/me'))),
    );
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    await nextTurn();
    expect(app.events.filter(({ name }) => name === 'revoked')).toHaveLength(1);
    versions.set('u1', 1);
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('refuses a user whom the application cannot tell about, and one who does not exist any more', async () => {
    reset();
    const { app } = bench;
    const client = await app.login();
    broken = true;
    expect(await statusOf(client.get('/me'))).toBe(503);
    expect(await statusOf(app.client().post('/login', { id: 'u2' }))).toBe(503);
    broken = false;
    expect(await statusOf(client.get('/me'))).toBe(200);
    versions.set('u1', null);
    expect(await statusOf(client.get('/me'))).toBe(401);
    expect(await statusOf(app.client().post('/login', { id: 'u1' }))).toBe(500);
    expect(await statusOf(app.client().post('/begin', { id: 'u1' }))).toBe(500);
  });

  it('takes the version that a login has at hand', async () => {
    reset();
    const { app } = bench;
    asked = [];
    const client = await app.login('u1', { version: 'old' });
    expect(asked).toEqual([]);
    expect(await statusOf(client.get('/me'))).toBe(401);
    versions.set('u2', 5);
    const good = app.client();
    await good.post('/login', { id: 'u2', version: 5 });
    expect(await statusOf(good.get('/me'))).toBe(200);
  });

  it('lets no second factor complete a login whose password is not the user’s any more', async () => {
    reset();
    const { app } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    versions.set('u1', 2);
    expect(await statusOf(client.post('/complete'))).toBe(401);
    expect(await statusOf(client.get('/me'))).toBe(401);
    await client.post('/begin', { id: 'u1' });
    expect(await statusOf(client.post('/complete'))).toBe(200);
    expect(await statusOf(client.get('/me'))).toBe(200);
  });

  it('is about the actor during an impersonation', async () => {
    reset();
    const { app } = bench;
    const client = await app.login('admin');
    await client.post('/impersonate', { id: 'customer' });
    asked = [];
    versions.set('customer', 7);
    expect(await statusOf(client.get('/me'))).toBe(200);
    expect(asked).toEqual(['admin']);
    versions.set('admin', 2);
    expect(await statusOf(client.get('/me'))).toBe(401);
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('is one error at start if it is no function, and one at a login that gives a version that is never compared', async () => {
    for (const authVersion of [
      7,
      null,
      { version: 1 },
      { version, whenChanged: 'refresh' },
      { version, load: version },
    ])
      await expect(startTestApp(bench.platform, { authVersion: authVersion as never }, aboutStepUp())).rejects.toThrow(
        /authVersion/,
      );
    const app = await bench.restart({});
    expect(await statusOf(app.client().post('/login', { id: 'u1', version: 'x' }))).toBe(500);
  });
});

describeBackends(
  "authVersion with 'refresh'",
  {
    authVersion: {
      version,
      whenChanged: 'refresh',
      load: ({ id }) => (versions.get(id) === 99 ? undefined : { id, roles: [`v${versions.get(id)}`] }),
    },
  },
  (bench) => {
    it('goes on with the current user, and keeps the rest', async () => {
      reset();
      const { app } = bench;
      const client = await app.login('u1', { aal: 2 });
      await client.post('/values', { cart: 1 });
      versions.set('u1', 2);
      const state = await stateOf(client);
      expect(state.user).toEqual({ id: 'u1', roles: ['v2'] });
      expect(state.values).toMatchObject({ cart: 1 });
      expect(await statusOf(client.get('/aal2'))).toBe(200);
      expect((await stateOf(client)).user).toEqual({ id: 'u1', roles: ['v2'] });
      versions.set('u1', 99);
      expect(await statusOf(client.get('/me'))).toBe(401);
    });

    it('keeps what requests change that come together', async () => {
      reset();
      const { app } = bench;
      const client = await app.login();
      versions.set('u1', 3);
      const same = await client.clone();
      await Promise.all([client.post('/values', { a: 1 }), same.post('/values', { b: 2 })]);
      const state = await stateOf(client);
      expect(state.user).toEqual({ id: 'u1', roles: ['v3'] });
      // A browser keeps one cookie of two.
      expect(['a', 'b'].filter((key) => key in state.values)).toHaveLength(bench.sealed ? 1 : 2);
      await nextTurn();
      expect(app.events.filter((event) => event.name === 'conflict' && event.keys.includes('user'))).toEqual([]);
    });

    it('ends the session of an actor all the same', async () => {
      reset();
      const client = await bench.app.login('admin');
      await client.post('/impersonate', { id: 'customer' });
      versions.set('admin', 2);
      expect(await statusOf(client.get('/me'))).toBe(401);
    });
  },
);
