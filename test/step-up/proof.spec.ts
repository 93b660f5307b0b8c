import { expect, it } from 'vitest';
import { describeBackends } from '../support/backends.js';
import { HTML, stateOf, statusOf } from '../support/step-up-state.js';

const MINUTE = 60_000;

describeBackends('proving who one is', { idleTimeout: '30m', absoluteTimeout: '8h' }, (bench) => {
  it('lets in who logged in lately, and asks others again, in words for programs', async () => {
    const { app, clock } = bench;
    const client = await app.login();
    expect(await statusOf(client.get('/recent'))).toBe(200);
    clock.advance(10 * MINUTE);
    expect(await statusOf(client.get('/recent'))).toBe(200);
    clock.advance(1);
    const refused = await client.get('/recent');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBe(
      'Session error="insufficient_user_authentication", max_age="600"',
    );
    expect(refused.headers.get('cache-control')).toContain('no-store');
    expect(await refused.json()).toMatchObject({
      statusCode: 403,
      code: 'SESSION_REAUTH_REQUIRED',
      maxAge: 600,
    });
    expect(await statusOf(client.get('/me'))).toBe(200);
    expect(await statusOf(client.post('/reauthenticate'))).toBe(200);
    expect(await statusOf(client.get('/recent'))).toBe(200);
    clock.advance(11 * MINUTE);
    expect(await statusOf(client.get('/recent'))).toBe(403);
  });

  it('answers 401 without a user, also where a route is public', async () => {
    const { app } = bench;
    expect(await statusOf(app.client().get('/recent'))).toBe(401);
    const open = await app.client().get('/open-aal2');
    expect(open.status).toBe(401);
    expect(await open.json()).toMatchObject({ code: 'SIGN_IN_REQUIRED' });
  });

  it('lets in the assurance level of the login and above, which cannot be forged', async () => {
    const { app } = bench;
    const client = await app.login();
    const refused = await client.get('/aal2');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="aal2"');
    expect(await refused.json()).toMatchObject({
      code: 'SESSION_AAL_REQUIRED',
      requiredAal: 2,
    });
    await client.post('/values', { aal: 3, facts: { aal: 3 }, __nest_session: { facts: { aal: 3 } }, authTime: 1e15 });
    expect(await statusOf(client.get('/aal2'))).toBe(403);
    expect(await statusOf(client.post('/elevate', { aal: 2 }))).toBe(200);
    expect(await statusOf(client.get('/aal2'))).toBe(200);
    for (const aal of [2, 3]) expect(await statusOf((await app.login('u2', { aal })).get('/aal2'))).toBe(200);
  });

  it('asks for the level first, and then for a recent proof', async () => {
    const { app, clock } = bench;
    const client = await app.login();
    clock.advance(11 * MINUTE);
    const code = async () => ((await (await client.get('/both')).json()) as { code?: string }).code;
    expect(await code()).toBe('SESSION_AAL_REQUIRED');
    await client.post('/elevate', { aal: 2 });
    expect(await code()).toBe('SESSION_REAUTH_REQUIRED');
    await client.post('/reauthenticate');
    expect(await statusOf(client.get('/both'))).toBe(200);
    const other = await app.login('u2');
    clock.advance(11 * MINUTE);
    await other.post('/reauthenticate', { aal: 2 });
    expect(await statusOf(other.get('/both'))).toBe(200);
  });

  it('kills the old id with every step, and keeps the values', async () => {
    const { app } = bench;
    for (const [path, body] of [
      ['/reauthenticate', {}],
      ['/elevate', { aal: 2 }],
    ] as const) {
      const client = await app.login();
      await client.post('/values', { cart: ['book'] });
      const stolen = await client.clone();
      const before = await client.cookie();
      expect(await statusOf(client.post(path, body))).toBe(200);
      expect(await client.cookie()).not.toBe(before);
      expect(await statusOf(stolen.get('/me'))).toBe(401);
      expect((await stateOf(client)).values).toMatchObject({ cart: ['book'], user: { id: 'u1' } });
    }
  });

  it('starts both deadlines anew by reauthenticating, and neither by elevating', async () => {
    const { app, clock } = bench;
    const client = await app.login();
    const alive = async (minutes: number) => {
      for (let passed = 0; passed < minutes; passed += 20) {
        clock.advance(20 * MINUTE);
        await client.post('/values', { passed });
        if ((await client.get('/me')).status !== 200) return false;
      }
      return true;
    };
    expect(await alive(7 * 60)).toBe(true);
    const { info } = await stateOf(client);
    await client.post('/elevate', { aal: 2 });
    expect((await stateOf(client)).info).toMatchObject({ authenticatedAt: info.authenticatedAt });
    await client.post('/reauthenticate');
    expect((await stateOf(client)).info).toMatchObject({ createdAt: info.createdAt, authenticatedAt: clock.now() });
    expect(await alive(7 * 60)).toBe(true);
    clock.advance(20 * MINUTE);
    await client.post('/elevate', { aal: 2 });
    clock.advance(29 * MINUTE);
    expect(await statusOf(client.get('/me'))).toBe(200);
    clock.advance(11 * MINUTE);
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('lets two requests at the same time go on with one secret, or the later one begin anew', async () => {
    const { app } = bench;
    const client = await app.login();
    const same = await client.clone();
    const statuses = await Promise.all([
      statusOf(client.post('/reauthenticate')),
      statusOf(same.post('/reauthenticate')),
    ]);
    // By the moment at which the second one was read: beside the first one, or with a secret that is replaced already.
    expect(statuses).toContain(200);
    expect([200, 401]).toContain(Math.max(...statuses));
    const alive = [await statusOf(client.get('/me')), await statusOf(same.get('/me'))];
    expect(alive).toEqual(statuses);
    const areAlike = (await same.cookie()) === (await client.cookie());
    expect(areAlike).toBe(!bench.sealed && !statuses.includes(401));
  });

  it('is for users, on requests that no link can cause', async () => {
    const { app } = bench;
    for (const [path, body] of [
      ['/reauthenticate', {}],
      ['/elevate', { aal: 2 }],
      ['/idp', { issuer: 'https://idp', sid: '1' }],
    ] as const)
      expect(await statusOf(app.client().post(path, body))).toBe(401);
    const client = await app.login();
    expect(await statusOf(client.get('/by-link?what=reauthenticate'))).toBe(500);
    expect(await statusOf(client.get('/by-link?what=reauthenticate&allow=yes'))).toBe(200);
    for (const aal of [0, 4, '2', null, {}]) {
      expect(await statusOf(client.post('/elevate', { aal }))).toBe(500);
      expect(await statusOf(client.post('/reauthenticate', { aal }))).toBe(500);
    }
    await client.post('/elevate', { aal: 3 });
    expect(await statusOf(client.post('/elevate', { aal: 2 }))).toBe(500);
    expect(await statusOf(client.get('/aal2'))).toBe(200);
  });

  it('tells of each step by its own event', async () => {
    const { app } = bench;
    const client = await app.login();
    const { handle } = (await stateOf(client)).info;
    await client.post('/reauthenticate');
    await client.post('/elevate', { aal: 2 });
    expect((await stateOf(client)).info.handle).toBe(handle);
    const told = app.events.filter(({ name }) => ['rotated', 'reauthenticated', 'elevated'].includes(name));
    expect(told).toMatchObject([
      { name: 'rotated', reason: 'reauthenticated', handle, userId: 'u1' },
      { name: 'reauthenticated', handle, userId: 'u1' },
      { name: 'rotated', reason: 'elevated', handle, userId: 'u1' },
      { name: 'elevated', handle, userId: 'u1', aal: 2 },
    ]);
    const pieces = decodeURIComponent((await client.cookie()) ?? '')
      .split(/[.*]/)
      .filter(({ length }) => length > 40);
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(JSON.stringify(app.events)).not.toContain(piece);
  });

  it('sends browsers to a page and back, and nowhere else', async () => {
    const { clock } = bench;
    const app = await bench.restart(
      {},
      { redirectTo: (need) => (need.code === 'SESSION_AAL_REQUIRED' ? '/otp?from=app' : '/confirm') },
    );
    const client = await app.login();
    clock.advance(11 * MINUTE);
    const recent = await client.get('/recent?a=1&b=//evil.test', HTML);
    expect([recent.status, recent.headers.get('location')]).toEqual([
      302,
      `/confirm?returnTo=${encodeURIComponent('/recent?a=1&b=//evil.test')}`,
    ]);
    expect(recent.headers.get('cache-control')).toContain('no-store');
    const level = await client.get('/aal2', HTML);
    expect([level.status, level.headers.get('location')]).toEqual([302, '/otp?from=app&returnTo=%2Faal2']);
    const posted = await client.post('/recent', {}, HTML);
    expect([posted.status, posted.headers.get('location')]).toEqual([303, '/confirm']);
    const program = await client.get('/recent');
    expect([program.status, program.headers.get('location')]).toEqual([403, null]);
    expect(await statusOf(app.client().get('/open-aal2', HTML))).toBe(401);
  });
});
