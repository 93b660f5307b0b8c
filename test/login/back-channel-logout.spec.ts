import { MemoryStore } from 'express-session';
import { connectStore } from 'nest-session';
import { describe, expect, it } from 'vitest';
import { nextTurn } from '../support/next-turn.js';
import { describeBackends, type Bench } from '../support/backends.js';
import { aboutStepUp } from '../support/routes/step-up.routes.js';
import { stateOf, statusOf } from '../support/step-up-state.js';
import { startTestApp } from '../support/test-app.js';

const MINUTE = 60_000;
const issuer = 'https://idp.test';

async function from(bench: Bench, login: string, idp: object, of = issuer) {
  const client = bench.app.client();
  const response = await client.post('/idp', { login, issuer: of, ...idp });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return client;
}

describeBackends('back-channel logout', { absoluteTimeout: '8h' }, (bench) => {
  it('ends the sessions of one session at the identity provider, and no others', async () => {
    const laptop = await from(bench, 'u1', { sid: 's1', sub: 'sub1' });
    const phone = await from(bench, 'u1', { sid: 's2', sub: 'sub1' });
    const elsewhere = await from(bench, 'u1', { sid: 's1', sub: 'sub1' }, 'https://other.test');
    const local = await bench.app.login();
    await bench.app.registry.revokeByIdp({ issuer, sid: 's1' });
    const statuses = await Promise.all([laptop, phone, elsewhere, local].map((it) => statusOf(it.get('/me'))));
    expect(statuses).toEqual([401, 200, 200, 200]);
    await nextTurn();
    expect(bench.app.events.filter(({ name }) => name === 'revoked')).toMatchObject([{ reason: 'idp' }]);
  });

  it('ends all sessions of a subject, and none that begins afterwards', async () => {
    const old = [await from(bench, 'u1', { sid: 's1', sub: 'sub1' }), await from(bench, 'u1', { sub: 'sub1' })];
    const other = await from(bench, 'u2', { sid: 's9', sub: 'sub2' });
    bench.clock.advance(1);
    await bench.app.registry.revokeByIdp({ issuer, sub: 'sub1' });
    bench.clock.advance(1);
    const anew = await from(bench, 'u1', { sid: 's3', sub: 'sub1' });
    const statuses = await Promise.all([...old, other, anew].map((it) => statusOf(it.get('/me'))));
    expect(statuses).toEqual([401, 401, 200, 200]);
  });

  it('goes by the sid where a token has both', async () => {
    const one = await from(bench, 'u1', { sid: 's1', sub: 'sub1' });
    const two = await from(bench, 'u1', { sid: 's2', sub: 'sub1' });
    await bench.app.registry.revokeByIdp({ issuer, sid: 's1', sub: 'sub1' });
    expect([await statusOf(one.get('/me')), await statusOf(two.get('/me'))]).toEqual([401, 200]);
    await expect(bench.app.registry.revokeByIdp({ issuer })).rejects.toThrow(/sid or sub/);
  });

  it('finds what it would end', async () => {
    await from(bench, 'u1', { sid: 's1', sub: 'sub1' });
    await from(bench, 'u1', { sid: 's2', sub: 'sub1' });
    await from(bench, 'u2', { sid: 's1', sub: 'sub2' }, 'https://other.test');
    const { registry } = bench.app;
    const users = (target: { sid?: string; sub?: string }) =>
      registry.findByIdp({ issuer, ...target }).then(
        (entries) => entries.map(({ userId }) => userId),
        ({ code }: { code: string }) => code,
      );
    const found = [await users({ sid: 's1' }), await users({ sub: 'sub1' }), await users({ sub: 'sub2' })];
    const refused = 'SESSION_NEEDS_INDEX';
    expect(found).toEqual(bench.sealed ? [refused, refused, refused] : [['u1'], ['u1', 'u1'], []]);
    await expect(registry.findByIdp({ issuer })).rejects.toThrow(/sid or sub/);
  });

  it('follows a session through every new secret, and into an impersonation', async () => {
    const client = await from(bench, 'u1', { sid: 's1' });
    await client.post('/reauthenticate');
    await client.post('/elevate', { aal: 2 });
    await client.post('/impersonate', { id: 'customer' });
    expect(await statusOf(client.get('/me'))).toBe(200);
    await bench.app.registry.revokeByIdp({ issuer, sid: 's1' });
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('finds a session that is bound later, under the name that it has', async () => {
    const client = await bench.app.login();
    const { handle } = (await stateOf(client)).info;
    expect(await statusOf(client.post('/idp', { issuer, sid: 's1' }))).toBe(200);
    expect(await statusOf(client.get('/me'))).toBe(200);
    expect((await stateOf(client)).info.handle).toBe(handle);
    await bench.app.registry.revokeByIdp({ issuer, sid: 's1' });
    expect(await statusOf(client.get('/me'))).toBe(401);
  });

  it('counts the proof from when the user was at the identity provider', async () => {
    const { clock } = bench;
    const authTime = clock.now() - 8 * MINUTE;
    const client = await from(bench, 'u1', { sid: 's1', authTime });
    expect(await statusOf(client.get('/recent'))).toBe(200);
    clock.advance(3 * MINUTE);
    expect(await statusOf(client.get('/recent'))).toBe(403);
    const ahead = await from(bench, 'u1', { sid: 's2', authTime: clock.now() + 60 * MINUTE });
    clock.advance(11 * MINUTE);
    expect(await statusOf(ahead.get('/recent'))).toBe(403);
  });

  it('ends a session when the user was there too long ago, even after a reauthentication here', async () => {
    const { clock } = bench;
    const client = await from(bench, 'u1', { sid: 's1', authTime: clock.now() - 5 * MINUTE, maxAge: '20m' });
    clock.advance(14 * MINUTE);
    expect(await statusOf(client.post('/reauthenticate'))).toBe(200);
    clock.advance(MINUTE);
    expect(await statusOf(client.get('/me'))).toBe(401);
    const late = await bench.app.client().post('/idp', {
      login: 'u1',
      issuer,
      sid: 's2',
      authTime: clock.now() - 21 * MINUTE,
      maxAge: '20m',
    });
    expect(late.status).toBe(403);
    expect(await late.json()).toMatchObject({ code: 'SESSION_REAUTH_REQUIRED', maxAge: 1200 });
  });

  it('says what is wrong with what it is given', async () => {
    const client = await bench.app.login();
    for (const idp of [
      { issuer },
      { issuer: '', sid: '1' },
      { issuer, sid: '' },
      { issuer, sub: 7 },
      { issuer, sid: '1', authTime: 'yesterday' },
      { issuer, sid: '1', maxAge: 0 },
      { issuer, sid: 'x'.repeat(2049) },
    ])
      expect(await statusOf(client.post('/idp', idp))).toBe(500);
    expect(await statusOf(client.get('/me'))).toBe(200);
  });
});

describe('back-channel logout on a store that finds sessions by their id alone', () => {
  it('is refused with a reason, before any code relies on it', async () => {
    const app = await startTestApp('express', { store: connectStore(new MemoryStore()) }, aboutStepUp());
    expect(await statusOf(app.client().post('/idp', { login: 'u1', issuer, sid: 's1' }))).toBe(500);
    await expect(app.registry.revokeByIdp({ issuer, sid: 's1' })).rejects.toMatchObject({
      code: 'SESSION_NEEDS_INDEX',
    });
    await app.close();
  });
});
