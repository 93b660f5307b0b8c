import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { STORES, useStores } from './sample-hooks.js';
import { jane, john, startSample, type Sample } from './sample.js';

const settings = useStores();

describe.each(STORES)('devices of the sample on %s', (store) => {
  let sample: Sample;
  beforeEach(async () => {
    await sample?.close();
    sample = await startSample(settings(store));
    const admin = await sample.signIn(jane);
    for (const id of ['1', '2']) await admin.request('DELETE', `/admin/sessions/${id}`);
  });
  afterAll(() => sample.close());

  const list = async (client: HttpClient, path = '/sessions') => (await (await client.get(path)).json()).sessions;
  const status = async (client: HttpClient) => (await client.get('/auth/me')).status;

  it('are for those who are signed in', async () => {
    const visitor = await sample.client();
    for (const path of ['/devices', '/activity', '/confirm', '/sessions', '/admin/devices', '/admin/sessions/1'])
      expect([path, (await visitor.get(path)).status]).toEqual([path, 401]);
    for (const path of ['/devices/x/end', '/devices/end-others', '/admin/devices/1/end-all', '/auth/confirm'])
      expect([path, (await visitor.submit(path)).status]).toEqual([path, 401]);
    const user = await sample.signIn(john);
    for (const path of ['/admin/devices', '/admin/sessions/2'])
      expect([path, (await user.get(path)).status]).toEqual([path, 403]);
    expect((await user.submit('/admin/devices/2/end-all')).status).toBe(403);
  });

  it('end by form: the user’s own, and no other user’s', async () => {
    const [one, two, admin] = [await sample.signIn(john), await sample.signIn(john), await sample.signIn(jane)];
    const [theirs] = await list(admin);
    expect((await one.submit(`/devices/${theirs.handle}/end`)).status).toBe(404);
    const other = (await list(one)).find(({ current }: { current: boolean }) => !current);
    const ended = await one.submit(`/devices/${other.handle}/end`);
    expect([ended.status, ended.headers.get('location')]).toEqual([303, '/devices']);
    expect(await Promise.all([one, two, admin].map(status))).toEqual([200, 401, 200]);
    expect(await (await one.get('/devices')).text()).toContain('Signed out on');
  });

  it('end as JSON, and nowhere from another site', async () => {
    const [one, two] = [await sample.signIn(john), await sample.signIn(john)];
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await one.request('DELETE', '/sessions', { headers })).status).toBe(403);
    expect((await one.submit('/devices/end-others', {}, headers)).status).toBe(403);
    expect(await status(two)).toBe(200);
    expect(await (await one.request('DELETE', '/sessions')).json()).toEqual({ ended: 1 });
    expect([await status(one), await status(two)]).toEqual([200, 401]);
  });

  it('end by an administrator, who cannot end the own one by mistake', async () => {
    const [user, admin, desk] = [await sample.signIn(john), await sample.signIn(jane), await sample.signIn(jane)];
    const page = await (await admin.get('/admin/devices')).text();
    expect(page.match(/johnDoe/g)?.length).toBeGreaterThan(0);
    const own = (await list(admin)).find(({ current }: { current: boolean }) => current);
    expect((await admin.submit(`/admin/devices/2/${own.handle}/end`)).status).toBe(404);
    expect((await admin.submit('/admin/devices/9/end-all')).status).toBe(404);
    expect((await admin.submit('/admin/devices/1/end-all')).status).toBe(303);
    expect((await admin.submit('/admin/devices/2/end-all')).status).toBe(303);
    expect(await Promise.all([user, admin, desk].map(status))).toEqual([401, 200, 401]);
  });

  it('confirm who it is by the password: a new id, and nothing else changes', async () => {
    const user = await sample.signIn(john);
    const before = await user.cookie();
    expect((await user.post('/auth/confirm', { password: 'wrong' })).status).toBe(401);
    expect((await user.post('/auth/confirm', { password: { $gt: '' } })).status).toBe(401);
    expect((await user.post('/auth/confirm', { password: 'x'.repeat(10_000) })).status).toBe(401);
    expect(await user.cookie()).toBe(before);
    expect((await user.post('/auth/confirm', { password: john.password })).status).toBe(204);
    expect(await user.cookie()).not.toBe(before);
    expect(await status(user)).toBe(200);
    const to = async (returnTo: string) =>
      (await user.submit('/auth/confirm', { password: john.password, returnTo })).headers.get('location');
    expect([await to('/devices'), await to('//evil.example')]).toEqual(['/devices', '/dashboard']);
    // Where the browser comes from, and only on this site.
    const page = async (referer: string) => (await user.get('/confirm', { referer })).text();
    expect(await page(`${sample.url}/devices`)).toContain('name="returnTo" value="/devices"');
    expect(await page('https://evil.example/devices')).not.toContain('name="returnTo"');
    expect(await page('nonsense')).not.toContain('name="returnTo"');
  });

  it('tell what happened lately, to oneself alone', async () => {
    const [user, admin] = [await sample.signIn(john), await sample.signIn(jane)];
    await admin.submit('/admin/devices/1/end-all');
    const again = await sample.signIn(john);
    const page = await (await again.get('/activity')).text();
    expect(page).toContain('Signed out from elsewhere');
    expect(page).toContain('by an administrator');
    expect(await status(user)).toBe(401);
    const own = await (await admin.get('/activity')).text();
    expect(own).toContain('Signed in');
    expect(own).not.toContain('johnDoe');
  });
});
