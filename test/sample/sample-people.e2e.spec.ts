import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SESSIONS_PER_USER } from '../../src/config/session-settings.service.js';
import type { HttpClient } from '../support/http-client.js';
import { STORES, useStores } from './sample-hooks.js';
import { jane, john, startSample, type Sample } from './sample.js';

const MINUTE = 60_000;
const BANNER = 'aria-label="Acting as another user"';
const SCRIPT = '<script src="/session/expiry/script.js" data-login="/login" defer></script>';

const settings = useStores();

describe.each(STORES)('people’s sessions in the sample on %s', (store) => {
  let sample: Sample;
  beforeAll(async () => {
    sample = await startSample(settings(store));
  });
  afterAll(() => sample.close());
  beforeEach(async () => {
    const admin = await sample.signIn(jane);
    for (const id of ['1', '2']) await admin.request('DELETE', `/admin/sessions/${id}`);
  });

  const page = async (client: HttpClient, path: string): Promise<string> =>
    (await (await client.get(path)).text()).replaceAll(/\s+/g, ' ');
  const whoIs = async (client: HttpClient): Promise<unknown> =>
    (await (await client.get('/auth/me')).json()).user?.username;
  const goal = ({ status, headers }: Response) => [status, headers.get('location')];

  describe('acting as another user', () => {
    it('is the other user until it is stopped, and says so on every page', async () => {
      const admin = await sample.signIn(jane);
      await admin.submit('/cart/items', { sku: 'tea-mint', quantity: '1' });
      expect(await page(admin, '/admin/devices')).toContain('Act as johnDoe');
      const before = await admin.cookie();
      expect(goal(await admin.submit('/impersonation/1', { reason: ' Ticket <7> ' }))).toEqual([303, '/dashboard']);
      expect(await admin.cookie()).not.toBe(before);
      expect(await whoIs(admin)).toBe('johnDoe');
      expect((await admin.get('/admin/devices')).status).toBe(403);

      for (const path of ['/', '/login', '/dashboard', '/devices', '/activity', '/confirm']) {
        const text = await page(admin, path);
        expect([path, text.includes(BANNER)]).toEqual([path, true]);
        expect(text).toContain('You act as <strong>johnDoe</strong>, signed in as <strong>janeSmith</strong>, until');
        expect(text).toContain('Reason: Ticket &lt;7&gt;');
        const [, until, clock] = /<time datetime="([^"]+)">(\d\d:\d\d) UTC<\/time>/.exec(text) ?? [];
        expect(until?.slice(11, 16)).toBe(clock);
        const left = Date.parse(until ?? '') - Date.now();
        expect(left).toBeGreaterThan(14 * MINUTE);
        expect(left).toBeLessThanOrEqual(15 * MINUTE);
      }
      expect(await page(admin, '/')).toContain('Your cart is empty.');

      expect(goal(await admin.submit('/impersonation/stop'))).toEqual([303, '/admin/devices']);
      expect(await whoIs(admin)).toBe('janeSmith');
      const after = await page(admin, '/admin/devices');
      expect(after).toContain('You no longer act as johnDoe.');
      expect(after).not.toContain(BANNER);
      expect((await (await admin.get('/cart')).json()).items).toHaveLength(1);
    });

    it('shows the end that comes first: nothing prolongs it', async () => {
      const admin = await sample.signIn(jane);
      await admin.submit('/impersonation/1', { reason: 'Ticket 11' });
      const text = await page(admin, '/dashboard');
      expect(text).toContain('Ends at the latest');
      expect(text).not.toContain('Ends if not used');
      expect(text).not.toContain('Using the site extends it');
    });

    it('tells the other user who did, and why', async () => {
      const [user, admin] = [await sample.signIn(john), await sample.signIn(jane)];
      await admin.submit('/impersonation/1', { reason: 'Ticket 8' });
      expect(await page(user, '/devices')).toContain('Used by an administrator');
      expect(await page(user, '/devices')).not.toContain(BANNER);
      await admin.submit('/impersonation/stop');
      const activity = await page(user, '/activity');
      expect(activity).toContain('janeSmith began to act as you: Ticket 8');
      expect(activity).toContain('janeSmith stopped acting as you');
    });

    it('is for administrators with a reason, and never as another administrator', async () => {
      const [user, admin, visitor] = [await sample.signIn(john), await sample.signIn(jane), await sample.client()];
      const status = async (client: HttpClient, id: string, fields = { reason: 'Ticket 9' }, headers = {}) =>
        (await client.submit(`/impersonation/${id}`, fields, headers)).status;
      expect(await status(visitor, '1')).toBe(401);
      expect(await status(user, '2')).toBe(403);
      expect(await status(admin, '2')).toBe(403);
      expect(await status(admin, '9')).toBe(404);
      for (const reason of ['', ' ', 'x'.repeat(201)]) expect(await status(admin, '1', { reason })).toBe(400);
      expect((await admin.post('/impersonation/1', { reason: { $gt: '' } })).status).toBe(400);
      const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      expect(await status(admin, '1', { reason: 'Ticket 9' }, evil)).toBe(403);
      expect([await whoIs(user), await whoIs(admin)]).toEqual(['johnDoe', 'janeSmith']);
      expect(await page(admin, '/admin/devices')).not.toContain('Act as janeSmith');
      expect(goal(await user.submit('/impersonation/stop'))).toEqual([303, '/dashboard']);
    });

    it('does nothing that wants the other user’s own proof', async () => {
      const [, admin] = [await sample.signIn(john), await sample.signIn(jane)];
      await admin.submit('/impersonation/1', { reason: 'Ticket 10' });
      expect((await admin.submit('/devices/end-others')).status).toBe(403);
      expect((await admin.submit('/impersonation/1', { reason: 'again' })).status).toBe(403);
      expect((await admin.submit('/auth/confirm', { password: john.password })).status).toBe(403);
      expect(goal(await admin.submit('/auth/logout'))).toEqual([303, '/login']);
      expect((await admin.get('/auth/me')).status).toBe(401);
    });
  });

  describe('the end of a session', () => {
    it('is told by the routes that the script of every signed-in page asks', async () => {
      const [user, visitor] = [await sample.signIn(john), await sample.client()];
      for (const path of ['/', '/dashboard', '/devices', '/activity']) expect(await page(user, path)).toContain(SCRIPT);
      for (const path of ['/', '/login']) expect(await page(visitor, path)).not.toContain('<script');

      const script = await visitor.get('/session/expiry/script.js');
      expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
      expect(script.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
      expect(script.headers.get('content-security-policy')).toMatch(/connect-src 'self'/);

      const { idleExpiresAt, absoluteExpiresAt, now } = await (await user.get('/session/expiry')).json();
      expect(absoluteExpiresAt - now).toBeGreaterThan(479 * MINUTE);
      const extended = await (await user.request('POST', '/session/expiry')).json();
      expect(extended.idleExpiresAt).toBeGreaterThanOrEqual(idleExpiresAt);
      expect(
        (await user.request('POST', '/session/expiry', { headers: { origin: 'https://evil.example' } })).status,
      ).toBe(403);
      expect((await visitor.get('/session/expiry')).status).toBe(401);
    });

    it('is on the dashboard: without use, and at the latest', async () => {
      const user = await sample.signIn(john);
      const { idleExpiresAt, absoluteExpiresAt } = await (await user.get('/session/expiry')).json();
      const text = await page(user, '/dashboard');
      const iso = (at: number) => new Date(at).toISOString();
      expect(text).toContain(`<dt>Ends if not used</dt> <dd><time datetime="${iso(idleExpiresAt)}">`);
      expect(text).toContain(`<dt>Ends at the latest</dt> <dd><time datetime="${iso(absoluteExpiresAt)}">`);
      expect(text).toContain('Using the site extends it');
    });
  });

  it('shows a notice once', async () => {
    const [one] = [await sample.signIn(john), await sample.signIn(john)];
    for (const notice of ['Signed out on one other device.', 'There was nothing to sign out.']) {
      await one.submit('/devices/end-others');
      expect(await page(one, '/devices')).toContain(`<p class="notice" role="status">${notice}</p>`);
      expect(await page(one, '/devices')).not.toContain('class="notice"');
    }
  });

  it('ends the oldest session when the limit is reached, and tells its device why', async () => {
    const clients: HttpClient[] = [];
    for (let count = 0; count <= MAX_SESSIONS_PER_USER; count++) clients.push(await sample.signIn(john));
    const [oldest, ...others] = clients;
    expect(await Promise.all(others.map(whoIs))).toEqual(others.map(() => 'johnDoe'));
    const sent = await oldest?.get('/dashboard', { accept: 'text/html' });
    const login = new URL(sent?.headers.get('location') ?? '', sample.url);
    expect([sent?.status, login.pathname, login.searchParams.get('reason')]).toEqual([302, '/login', 'evicted']);
    const visitor = await sample.client();
    expect(await page(visitor, `${login.pathname}${login.search}`)).toContain(
      'You were signed out on this device because you signed in on another one.',
    );
    expect(await page(visitor, '/login?reason=other')).not.toContain('You were signed out');
  });
});
