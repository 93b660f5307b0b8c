import { expect, it } from 'vitest';
import { describeBackends } from '../support/backends.js';
import { stateOf, statusOf } from '../support/step-up-state.js';

const MINUTE = 60_000;

describeBackends('steps of sessions whose ids are renewed by age', { rotateAfter: '1m' }, (bench) => {
  it('go on under the new id, with the same bounds', async () => {
    const { app, clock } = bench;
    const client = await app.login('admin', { aal: 2 });
    await client.post('/impersonate', { id: 'customer', for: '10m' });
    const { until } = (await stateOf(client)).actor!;
    const before = await client.cookie();
    clock.advance(2 * MINUTE);
    await client.post('/values', { a: 1 });
    expect(await client.cookie()).not.toBe(before);
    expect((await stateOf(client)).actor).toMatchObject({ user: { id: 'admin' }, until });
    expect(await statusOf(client.get('/aal2'))).toBe(403);
    await client.post('/stop');
    expect(await statusOf(client.get('/aal2'))).toBe(200);
    clock.advance(2 * MINUTE);
    await client.post('/values', { a: 1 });
    expect(await statusOf(client.get('/both'))).toBe(200);
    clock.advance(8 * MINUTE);
    expect(await statusOf(client.get('/recent'))).toBe(403);
  });

  it('complete a login that waited longer than an id lives', async () => {
    const { app, clock } = bench;
    const client = app.client();
    await client.post('/begin', { id: 'u1' });
    clock.advance(3 * MINUTE);
    await client.post('/values', { a: 1 });
    expect((await stateOf(client)).pending).toMatchObject({ user: { id: 'u1' } });
    expect(await statusOf(client.post('/complete'))).toBe(200);
    expect(await statusOf(client.get('/me'))).toBe(200);
  });

  it('are taken by a request that comes in the grace of a rotation by age, and by no earlier one', async () => {
    const { app, clock } = bench;
    const client = await app.login('admin');
    clock.advance(2 * MINUTE);
    const [late, stale] = [await client.clone(), await client.clone()];
    await client.post('/values', { a: 1 });
    expect(await statusOf(late.post('/elevate', { aal: 2 }))).toBe(200);
    // What was given out without that proof opens nothing any more.
    for (const one of [client, stale]) expect(await statusOf(one.get('/me'))).toBe(401);
    expect(await statusOf(late.post('/impersonate', { id: 'customer' }))).toBe(200);
    clock.advance(MINUTE);
    expect(await statusOf(stale.get('/me'))).toBe(401);
    expect(await statusOf(late.get('/me'))).toBe(200);
  });
});
