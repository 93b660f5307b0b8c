import { describe, expect, it, vi } from 'vitest';
import { serve, setCookie } from '../express-app.js';
import type { Handler } from '../script.js';

const count: Handler = (req, res) => {
  req.session!['n'] = Number(req.session!['n'] ?? 0) + 1;
  res.json(req.session!['n']);
};
const read: Handler = (req, res) => void res.json(req.session!['n'] ?? null);
const plain: Handler = (_req, res) => void res.send('plain');
const https = { 'x-forwarded-proto': 'https' };

/** The options of `session()`, one by one. */
export function describeOptions(): void {
  describe('name', () => {
    it("is 'connect.sid' by default", async () => {
      const { client } = await serve({}, count);
      expect(setCookie(await client.get('/'))).toBeDefined();
    });

    it('may be written as `key`, as it was called once', async () => {
      const { client } = await serve({ key: 'old.sid' } as object, count);
      expect(setCookie(await client.get('/'), 'old.sid')).toBeDefined();
    });

    it('names the cookie that is set and read', async () => {
      const { client } = await serve({ name: 'shop.sid' }, count);
      expect(setCookie(await client.get('/'), 'shop.sid')).toBeDefined();
      expect(await (await client.get('/')).json()).toBe(2);
    });
  });

  describe('secret', () => {
    it('signs: s:<id>.<signature>', async () => {
      const { client, store } = await serve({}, count);
      const value = decodeURIComponent(String(setCookie(await client.get('/'))?.['value']));
      expect(value).toMatch(/^s:[\w-]{32}\.[A-Za-z0-9+/]{43}$/);
      expect(Object.keys(store.sessions)).toEqual([value.slice(2, value.lastIndexOf('.'))]);
    });

    it('may be a list: the first signs, all verify', async () => {
      const before = await serve({ secret: 'old' }, count);
      await before.client.get('/');
      const cookie = `connect.sid=${await before.client.cookie('connect.sid')}`;
      const after = await serve({ secret: ['new', 'old'], store: before.store }, count);
      const response = await after.visitor().get('/', { cookie });
      expect(await response.json()).toBe(2);
      const without = await serve({ secret: 'new', store: before.store }, count);
      expect(await (await without.visitor().get('/', { cookie })).json()).toBe(1);
    });
  });

  describe('genid', () => {
    it('makes the ids, and gets the request', async () => {
      const genid = vi.fn((req: { url: string }) => `id-for-${req.url.slice(1)}`);
      const { client, store } = await serve({ genid }, count);
      await client.get('/ann');
      expect(Object.keys(store.sessions)).toEqual(['id-for-ann']);
      expect(await (await client.get('/ann')).json()).toBe(2);
    });

    it('answers 500 for an id that no cookie can carry, and the application lives on', async () => {
      const { client } = await serve({ genid: () => 'line\r\nbreak' }, { '/count': count, '/plain': plain });
      expect((await client.get('/count')).status).toBe(500);
      expect((await client.get('/plain')).status).toBe(200);
    });
  });

  describe('saveUninitialized', () => {
    it('true stores a session that nothing was written to', async () => {
      const { client, store } = await serve({ saveUninitialized: true }, plain);
      expect(setCookie(await client.get('/'))).toBeDefined();
      expect(Object.keys(store.sessions)).toHaveLength(1);
    });

    it('false leaves such a visitor alone', async () => {
      const { client, store } = await serve({ saveUninitialized: false }, plain);
      expect(setCookie(await client.get('/'))).toBeUndefined();
      expect(Object.keys(store.sessions)).toHaveLength(0);
    });
  });

  describe('resave', () => {
    it.each([
      [true, 1],
      [false, 0],
    ])('%s: an unchanged session is saved %d times', async (resave, times) => {
      const { client, store } = await serve({ resave }, { '/count': count, '/read': read });
      await client.get('/count');
      const set = vi.spyOn(store, 'set');
      await client.get('/read');
      expect(set).toHaveBeenCalledTimes(times);
    });
  });

  describe('rolling', () => {
    const routes = { '/count': count, '/plain': plain };

    it('true sends the cookie with every response, its age anew', async () => {
      const { client } = await serve({ rolling: true, cookie: { maxAge: 60_000 } }, routes);
      expect(setCookie(await client.get('/plain'))).toBeUndefined();
      await client.get('/count');
      expect(setCookie(await client.get('/plain'))).toMatchObject({ 'max-age': expect.stringMatching(/^(59|60)$/) });
    });

    it('false sends it when it is needed', async () => {
      const { client } = await serve({ rolling: false }, routes);
      expect(setCookie(await client.get('/count'))).toBeDefined();
      expect(setCookie(await client.get('/count'))).toBeUndefined();
    });
  });

  describe('unset', () => {
    const routes: Record<string, Handler> = {
      '/count': count,
      '/null': (req, res) => {
        req.session = null;
        res.send('let go');
      },
      '/delete': (req, res) => {
        delete req.session;
        res.send('let go');
      },
    };

    it.each(['/null', '/delete'])("'destroy' ends the session that is let go of by %s", async (path) => {
      const { client, store } = await serve({ unset: 'destroy' }, routes);
      await client.get('/count');
      await client.get(path);
      expect(store.sessions).toEqual({});
    });

    it.each(['/null', '/delete'])("'keep' keeps it, after %s", async (path) => {
      const { client } = await serve({ unset: 'keep' }, routes);
      await client.get('/count');
      await client.get(path);
      expect(await (await client.get('/count')).json()).toBe(2);
    });
  });

  describe('proxy', () => {
    const secure = { cookie: { secure: true } };

    it('true trusts X-Forwarded-Proto', async () => {
      const { client } = await serve({ ...secure, proxy: true }, count);
      expect(setCookie(await client.get('/', https))).toMatchObject({ secure: true });
      expect(setCookie(await client.get('/'))).toBeUndefined();
    });

    it('false does not', async () => {
      const { client } = await serve({ ...secure, proxy: false }, count, (app) => app.set('trust proxy', 1));
      expect(setCookie(await client.get('/', https))).toBeUndefined();
    });

    it('undefined asks Express', async () => {
      const trusting = await serve(secure, count, (app) => app.set('trust proxy', 1));
      expect(setCookie(await trusting.client.get('/', https))).toBeDefined();
      const wary = await serve(secure, count);
      expect(setCookie(await wary.client.get('/', https))).toBeUndefined();
    });
  });

  describe('wrong options', () => {
    it.each<[string, Record<string, unknown>]>([
      ['no secret', { secret: undefined }],
      ['an empty list of secrets', { secret: [] }],
      ['genid that is no function', { genid: 'x' }],
      ['unset that is no choice', { unset: 'drop' }],
      ['a name that is no cookie name', { name: 'a b' }],
      ['a store that is none', { store: {} }],
      ['a store of nonsense', { store: 'redis' }],
      ['a cookie of nonsense', { cookie: 'x' }],
      ['sameSite that is no choice', { cookie: { sameSite: 'loose' } }],
    ])('%s is refused at once', async (_name, wrong) => {
      await expect(serve(wrong, plain)).rejects.toThrow(/^session\(\) cannot start, 1 problem/);
    });

    it('all are named at once', async () => {
      await expect(serve({ secret: '', name: 'a b', unset: 'x' as 'keep' }, plain)).rejects.toThrow(/3 problems/);
    });
  });
}
