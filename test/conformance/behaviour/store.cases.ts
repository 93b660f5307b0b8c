import expressSession from 'express-session';
import { memoryStore } from 'nest-session';
import { describe, expect, it, vi } from 'vitest';
import { serve, setCookie } from '../express-app.js';
import { FaultyStore, SynchronousStore, UntouchableStore } from '../faulty-store.js';
import type { Handler } from '../script.js';

const count: Handler = (req, res) => {
  req.session!['n'] = Number(req.session!['n'] ?? 0) + 1;
  res.json(req.session!['n']);
};
const read: Handler = (req, res) => void res.json(req.session!['n'] ?? null);
const plain: Handler = (_req, res) => void res.send('plain');
const routes = { '/count': count, '/read': read, '/plain': plain };

/** What is asked of a store, and what a store may do. */
export function describeStores(): void {
  describe('store', () => {
    it("is express-session's MemoryStore by default", async () => {
      const { client } = await serve({ store: undefined }, (req, res) => {
        req.session!['n'] = 1;
        res.json(req.sessionStore instanceof expressSession.MemoryStore);
      });
      expect(await (await client.get('/')).json()).toBe(true);
    });

    it('is req.sessionStore', async () => {
      const store = new FaultyStore();
      const { client } = await serve({ store }, (req, res) => void res.json(req.sessionStore === (store as unknown)));
      expect(await (await client.get('/')).json()).toBe(true);
    });

    it('gets the plain id, and the session with its cookie', async () => {
      const store = new FaultyStore();
      const set = vi.spyOn(store, 'set');
      const { client } = await serve({ store, cookie: { maxAge: 60_000 } }, (req, res) => {
        req.session!['n'] = 1;
        res.send(req.sessionID);
      });
      const id = await (await client.get('/')).text();
      const [sid, session] = set.mock.calls[0] ?? [];
      expect(sid).toBe(id);
      expect(session).toMatchObject({ n: 1, cookie: { originalMaxAge: 60_000 } });
      expect(session?.cookie).toBeInstanceOf(expressSession.Cookie);
    });

    it.each([
      ['that calls back at once', () => new SynchronousStore()],
      ['that calls back later', () => new FaultyStore()],
      ['without touch', () => new UntouchableStore()],
    ])('%s works', async (_name, make) => {
      const { client } = await serve({ store: make() }, routes);
      expect(await (await client.get('/count')).json()).toBe(1);
      expect(await (await client.get('/count')).json()).toBe(2);
      expect(await (await client.get('/read')).json()).toBe(2);
    });

    it('may be a store of this library', async () => {
      const store = memoryStore();
      const { client } = await serve({ store }, routes);
      await client.get('/count');
      expect(await (await client.get('/count')).json()).toBe(2);
      expect(store.size).toBe(1);
      await store.close();
    });

    it('is shared with express-session: each reads what the other wrote', async () => {
      const { client, store } = await serve({}, routes);
      await client.get('/count');
      const [id] = Object.keys(store.sessions);
      const found = await new Promise((resolve) =>
        store.load(String(id), (_error, session) => resolve(session && { ...session })),
      );
      expect(found).toMatchObject({ n: 1 });
    });
  });

  describe('what a store says', () => {
    it('ENOENT is no session', async () => {
      const { client, store } = await serve({}, routes);
      await client.get('/count');
      store.faults.set('get', 'ENOENT');
      expect(await (await client.get('/count')).json()).toBe(1);
    });

    it('no session is no session', async () => {
      const { client, store } = await serve({}, routes);
      await client.get('/count');
      store.clear();
      const response = await client.get('/count');
      expect(await response.json()).toBe(1);
      expect(setCookie(response)).toBeDefined();
    });

    it.each(['error', 'throw'] as const)(
      'an %s in get is 503 for requests that need the session, and no others',
      async (fault) => {
        const { client, store } = await serve({}, routes);
        await client.get('/count');
        store.faults.set('get', fault);
        expect((await client.get('/read')).status).toBe(503);
        expect((await client.get('/plain')).status).toBe(200);
        store.faults.clear();
        expect(await (await client.get('/read')).json()).toBe(1);
      },
    );

    it.each(['error', 'throw'] as const)('an %s in set is 503, without a cookie', async (fault) => {
      const { client, store } = await serve({}, routes);
      store.faults.set('set', fault);
      const response = await client.get('/count');
      expect(response.status).toBe(503);
      expect(response.headers.getSetCookie()).toEqual([]);
    });

    it('disconnect is 503 for requests that need the session, connect ends it', async () => {
      const { client, store } = await serve({}, routes);
      await client.get('/count');
      store.emit('disconnect');
      expect((await client.get('/read')).status).toBe(503);
      expect((await client.get('/plain')).status).toBe(200);
      store.emit('connect');
      expect(await (await client.get('/read')).json()).toBe(1);
    });

    it.each([
      ['a session without a cookie', '{"n":1}'],
      ['a list', '[1]'],
      ['a record of nonsense', '{"cookie":{"originalMaxAge":"x","expires":"never"},"__proto__":{"n":9}}'],
    ])('%s ends no process', async (_name, text) => {
      const { client, store } = await serve({}, routes);
      await client.get('/count');
      for (const id of Object.keys(store.sessions)) store.sessions[id] = text;
      const response = await client.get('/read');
      expect([response.status, await response.json()]).toEqual([200, null]);
    });
  });

  describe('a session for another object than a request', () => {
    it('store.regenerate() and store.generate() begin a new one', async () => {
      const { client, store } = await serve(
        {},
        {
          ...routes,
          '/regenerate': (req, res, next) => {
            const { id } = req.session!;
            req.sessionStore!.regenerate(req, (error) => {
              if (error) return next(error);
              req.session!['user'] = 'ann';
              res.json([req.session!.id !== id, req.session!['n'] ?? null]);
            });
          },
        },
      );
      await client.get('/count');
      const [old] = Object.keys(store.sessions);
      expect(await (await client.get('/regenerate')).json()).toEqual([true, null]);
      expect(Object.keys(store.sessions)).toHaveLength(1);
      expect(Object.keys(store.sessions)).not.toContain(old);
    });
  });

  describe('the middleware', () => {
    it('leaves a session of another middleware alone', async () => {
      const { client } = await serve(
        {},
        (req, res) => void res.json(req.session),
        (app) =>
          app.use((req, _res, next) => {
            Object.assign(req, { session: { theirs: true } });
            next();
          }),
      );
      expect(await (await client.get('/')).json()).toEqual({ theirs: true });
    });

    it('works on Node alone', async () => {
      const { session } = await import('nest-session/express');
      const { createServer } = await import('node:http');
      const middleware = session({ secret: 'x', resave: false, saveUninitialized: false });
      const server = createServer((req, res) => {
        middleware(req, res, () => {
          const { session: mine } = req as unknown as { session: { n?: number } };
          mine.n = (mine.n ?? 0) + 1;
          res.end(String(mine.n));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const first = await fetch(`http://127.0.0.1:${port}/`);
      const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const second = await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } });
      expect([await first.text(), await second.text()]).toEqual(['1', '2']);
      server.close();
      server.closeAllConnections();
    });
  });
}
