import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PasswordHasher } from '../../src/users/password-hasher.service.js';
import { startRedis } from '../support/redis-server.js';
import { useFolder } from './sample-hooks.js';
import { john, startSample, type Sample } from './sample.js';

const FRIEND = 'https://app.example.com';

const folder = useFolder();
let sample: Sample;
beforeAll(async () => {
  sample = await startSample({ SESSION_STORE: 'memory', DATA_DIR: folder.path, CORS_ORIGIN: FRIEND });
});
afterAll(() => sample.close());

describe('other origins', () => {
  it('lets the page of CORS_ORIGIN read and change things with the cookie', async () => {
    const client = await sample.client();
    const headers = { origin: FRIEND, 'sec-fetch-site': 'same-site' };
    const login = await client.post('/auth/login', john, headers);
    expect(login.status).toBe(200);
    expect(login.headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(login.headers.get('access-control-allow-credentials')).toBe('true');
    expect((await client.get('/auth/me', headers)).status).toBe(200);

    const ask = {
      origin: FRIEND,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const preflight = await client.request('OPTIONS', '/auth/login', { headers: ask });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(preflight.headers.get('vary')).toContain('Origin');
  });

  it.each(['https://evil.example', 'https://app.example.com.evil.example', 'null', 'http://app.example.com'])(
    'lets %s neither read nor change anything',
    async (origin) => {
      const client = await sample.client();
      await client.post('/auth/login', john);
      const read = await client.get('/auth/me', { origin });
      expect(read.headers.get('access-control-allow-origin')).toBeNull();
      for (const site of ['cross-site', 'same-site', undefined]) {
        const headers = { origin, ...(site && { 'sec-fetch-site': site }) };
        const form = { sku: 'tea-mint', quantity: '1' };
        expect((await client.request('POST', '/cart/items', { form, headers })).status).toBe(403);
        expect((await client.submit('/auth/login', { ...john }, headers)).status).toBe(403);
        expect((await client.submit('/auth/logout', {}, headers)).status).toBe(403);
      }
      expect((await client.get('/auth/me')).status).toBe(200);
      expect(await (await client.get('/cart')).json()).toEqual({ items: [] });
    },
  );

  it('allows none without CORS_ORIGIN', async () => {
    const alone = await startSample({ SESSION_STORE: 'memory', DATA_DIR: folder.path });
    const response = await (await alone.client()).get('/health', { origin: FRIEND });
    await alone.close();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('every answer', () => {
  it.each(['/', '/style.css', '/health', '/auth/me', '/nope', '/%E0%A4%A'])(
    'has security headers: %s',
    async (path) => {
      const { headers } = await (await sample.client()).get(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );

  it('that shows who is signed in stays out of caches', async () => {
    const client = await sample.client();
    for (const path of ['/', '/login', '/cart']) {
      expect((await client.get(path)).headers.get('cache-control')).toBe('no-store');
    }
    await client.post('/auth/login', john);
    for (const path of ['/dashboard', '/auth/me', '/admin/users']) {
      expect((await client.get(path)).headers.get('cache-control')).toContain('no-store');
    }
  });
});

it('hashes for an unknown user as for a wrong password', async () => {
  const verify = vi.spyOn(sample.app.get(PasswordHasher), 'verify');
  const client = await sample.client();
  await client.post('/auth/login', { username: 'nobody', password: 'x' });
  await client.post('/auth/login', { ...john, password: 'x' });
  const costs = verify.mock.calls.map(([, hash]) => hash.split('$').slice(0, 3).join('$'));
  expect(costs).toHaveLength(2);
  expect(costs[0]).toBe(costs[1]);
  await expect(Promise.all(verify.mock.results.map(({ value }) => value))).resolves.toEqual([false, false]);
  verify.mockRestore();
});

it('answers 503 while Redis is out of order, to people by a page, and recovers', async () => {
  const redis = await startRedis();
  const ours = await startSample({ SESSION_STORE: 'redis', REDIS_URL: redis.url, DATA_DIR: folder.path });
  try {
    const client = await ours.client();
    await client.post('/auth/login', john);
    await redis.kill9();
    expect((await client.get('/auth/me')).status).toBe(503);
    const page = await client.get('/dashboard', { accept: 'text/html' });
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('cannot reach your session')]);
    const headers = { accept: 'text/html' };
    for (const password of [john.password, 'wrong']) {
      const refused = await client.submit('/auth/login', { ...john, password }, headers);
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([503, []]);
    }
    expect((await client.get('/health')).status).toBe(200);
    expect((await client.get('/style.css')).status).toBe(200);
    await redis.restart();
    await vi.waitFor(async () => expect((await client.get('/auth/me')).status).toBe(401), 10_000);
  } finally {
    await ours.close();
    await redis.stop();
  }
});
