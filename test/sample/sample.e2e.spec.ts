import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { STORES, useStores } from './sample-hooks.js';
import { jane, john, startSample, type Sample } from './sample.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const settings = useStores();

describe.each(STORES)('the sample on %s', (store) => {
  let sample: Sample;
  let client: HttpClient;
  let cookieBeforeLogin: string | undefined;
  let cookieAfterLogin: string | undefined;

  beforeAll(async () => {
    sample = await startSample(settings(store));
    client = await sample.client();
  });
  afterAll(() => sample.close());

  it('answers readers without giving them a cookie', async () => {
    for (const path of ['/', '/login', '/cart', '/health', '/style.css']) {
      const response = await client.get(path);
      expect([path, response.status, response.headers.getSetCookie()]).toEqual([path, 200, []]);
    }
    expect(await (await client.get('/health')).json()).toEqual({ status: 'ok' });
    expect(await (await client.get('/cart')).json()).toEqual({ items: [] });
  });

  it('requires a login', async () => {
    for (const path of ['/auth/me', '/dashboard', '/admin/users']) expect((await client.get(path)).status).toBe(401);
    const page = await client.get('/dashboard?x=1', { accept: 'text/html' });
    expect([page.status, page.headers.get('location')]).toEqual([302, '/login?returnTo=%2Fdashboard%3Fx%3D1']);
  });

  it('keeps a cart for an anonymous visitor', async () => {
    const added = await client.post('/cart/items', { sku: 'tea-mint', quantity: 2 });
    expect([added.status, await added.json()]).toEqual([201, { items: [{ sku: 'tea-mint', quantity: 2 }] }]);
    cookieBeforeLogin = await client.cookie();
    expect(cookieBeforeLogin).toBeDefined();
    const form = await client.submit('/cart/items', { sku: 'tea-mint', quantity: '1' });
    expect([form.status, form.headers.get('location')]).toEqual([303, '/#cart']);
    expect(await (await client.get('/cart')).json()).toEqual({ items: [{ sku: 'tea-mint', quantity: 3 }] });
  });

  it('loses nothing that is put into the cart at the same time', async () => {
    const visitor = await sample.client();
    await visitor.post('/cart/items', { sku: 'first', quantity: 1 });
    const skus = Array.from({ length: 12 }, (_, index) => `item-${index % 6}`);
    const answers = await Promise.all(skus.map((sku) => visitor.post('/cart/items', { sku, quantity: 1 })));
    expect(answers.map(({ status }) => status)).toEqual(skus.map(() => 201));
    const { items } = await (await visitor.get('/cart')).json();
    expect(items).toHaveLength(7);
    expect(items.slice(1).map(({ quantity }: { quantity: number }) => quantity)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('answers a wrong password and an unknown user alike, and gives no session', async () => {
    const visitor = await sample.client();
    const wrong = await visitor.post('/auth/login', { ...john, password: 'wrong' });
    const unknown = await visitor.post('/auth/login', { username: 'nobody', password: 'wrong' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.text()).toBe(await unknown.text());
    expect([...wrong.headers.getSetCookie(), ...unknown.headers.getSetCookie()]).toEqual([]);
  });

  it('signs in by JSON: a new id, the old one dead, the cart still there', async () => {
    const response = await client.post('/auth/login', john);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ user: { id: '1', username: 'johnDoe', roles: ['user'] } });
    cookieAfterLogin = await client.cookie();
    expect(cookieAfterLogin).not.toBe(cookieBeforeLogin);
    expect(await (await client.get('/cart')).json()).toEqual({ items: [{ sku: 'tea-mint', quantity: 3 }] });

    const thief = await sample.client();
    const stolen = { cookie: `sid=${cookieBeforeLogin}` };
    expect((await thief.get('/auth/me', stolen)).status).toBe(401);
    expect(await (await thief.get('/cart', stolen)).json()).toEqual({ items: [] });
  });

  it('tells who is signed in, and until when', async () => {
    const response = await client.get('/auth/me');
    expect(response.headers.get('cache-control')).toContain('no-store');
    const body = await response.json();
    expect(body).toEqual({
      user: { id: '1', username: 'johnDoe', roles: ['user'] },
      session: {
        handle: expect.stringMatching(/^[\w-]{8,}$/),
        createdAt: expect.stringMatching(ISO),
        lastSeenAt: expect.stringMatching(ISO),
        expiresAt: expect.stringMatching(ISO),
      },
    });
    const left = Date.parse(body.session.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(29 * 60_000);
    expect(left).toBeLessThanOrEqual(30 * 60_000);
    // The handle is the name that the cookie begins with; what opens the session stays in the cookie.
    const [, , secret = ''] = decodeURIComponent(cookieAfterLogin ?? '').split('.');
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('shows the dashboard, and the list of users to admins only', async () => {
    const page = await client.get('/dashboard');
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    expect(await page.text()).toContain('Hello, johnDoe');
    expect((await client.get('/admin/users')).status).toBe(403);
    const refused = await client.get('/admin/users', { accept: 'text/html' });
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('do not have permission')]);

    const admin = await sample.client();
    await admin.post('/auth/login', jane);
    const list = await admin.get('/admin/users');
    expect(list.status).toBe(200);
    const text = await list.text();
    expect(JSON.parse(text).users.map(({ username }: { username: string }) => username)).toEqual([
      'johnDoe',
      'janeSmith',
    ]);
    expect(text).not.toContain('scrypt');
  });

  it('signs in by form and goes where the visitor wanted to go, and nowhere else', async () => {
    const goal = async (returnTo: string) => {
      const visitor = await sample.client();
      const response = await visitor.submit('/auth/login', { ...john, returnTo });
      expect([response.status, await response.text()]).toEqual([303, '']);
      return response.headers.get('location');
    };
    expect(await goal('/dashboard?x=1')).toBe('/dashboard?x=1');
    expect(await goal('')).toBe('/dashboard');
    expect(await goal('//evil.example')).toBe('/dashboard');
    expect(await goal('https://evil.example/')).toBe('/dashboard');
  });

  it('shows the form again with what was wrong, and keeps the rest', async () => {
    const form = { ...john, password: 'wrong-one', returnTo: '/dashboard?x=1', remember: 'on' };
    const response = await (await sample.client()).submit('/auth/login', form);
    const page = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
    expect(page).toContain('password is wrong');
    expect(page).toContain('value="johnDoe"');
    expect(page).toContain('value="/dashboard?x&#x3D;1"');
    expect(page).toMatch(/name="remember"[^>]*checked/);
    expect(page).not.toContain('wrong-one');
    const empty = await (await sample.client()).submit('/auth/login', { username: '<b>"' });
    expect([empty.status, await empty.text()]).toEqual([400, expect.stringContaining('value="&lt;b&gt;&quot;"')]);
  });

  it('keeps the cookie only of users who want to stay signed in', async () => {
    const plain = await (await sample.client()).post('/auth/login', john);
    expect(plain.headers.getSetCookie()[0]).not.toMatch(/max-age|expires/i);
    const visitor = await sample.client();
    const kept = await visitor.post('/auth/login', { ...john, remember: true });
    expect(kept.headers.getSetCookie()[0]).toMatch(/Max-Age=1209(600|599);/);
    const { session } = await (await visitor.get('/auth/me')).json();
    expect(Date.parse(session.expiresAt) - Date.now()).toBeGreaterThan(13 * 86_400_000);
  });

  it('ends the session at sign-out, also for copies of the cookie', async () => {
    const visitor = await sample.client();
    await visitor.post('/auth/login', john);
    const copy = await sample.client(visitor);
    const out = await visitor.post('/auth/logout');
    expect([out.status, await out.text(), await visitor.cookie()]).toEqual([204, '', undefined]);
    expect((await visitor.get('/auth/me')).status).toBe(401);
    expect((await copy.get('/auth/me')).status).toBe(401);
    expect((await visitor.post('/auth/logout')).status).toBe(204);
    const form = await copy.submit('/auth/logout', {});
    expect([form.status, form.headers.get('location')]).toEqual([303, '/login']);
  });

  const outcome =
    store === 'memory'
      ? { title: 'signs all users out at', status: 401 }
      : { title: 'keeps people signed in over', status: 200 };
  it(`${outcome.title} a restart`, async () => {
    const visitor = await sample.client();
    await visitor.post('/cart/items', { sku: 'tea-green', quantity: 1 });
    await visitor.post('/auth/login', john);
    await sample.close();
    sample = await startSample(settings(store));
    const after = await sample.client(visitor);
    expect((await after.get('/auth/me')).status).toBe(outcome.status);
    const { items } = await (await after.get('/cart')).json();
    expect(items).toEqual(store === 'memory' ? [] : [{ sku: 'tea-green', quantity: 1 }]);
  });
});
