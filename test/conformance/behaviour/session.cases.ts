import { setTimeout as delay } from 'node:timers/promises';
import expressSession from 'express-session';
import { describe, expect, it, vi } from 'vitest';
import { serve, setCookie, type Routes } from '../express-app.js';
import type { Handler, ScriptRequest } from '../script.js';

type Method = 'save' | 'reload' | 'destroy' | 'regenerate';

/** Calls a method in both of its forms. */
const forms: [form: string, call: (req: ScriptRequest, method: Method) => Promise<unknown>][] = [
  [
    'with a callback',
    (req, method) =>
      new Promise((resolve, reject) => {
        const { session } = req;
        const returned = session![method]((error) => (error instanceof Error ? reject(error) : resolve(undefined)));
        if (returned !== session) reject(new Error('does not return the session'));
      }),
  ],
  ['with a promise', (req, method) => req.session![method]() as Promise<unknown>],
];

const count: Handler = (req, res) => {
  req.session!['n'] = Number(req.session!['n'] ?? 0) + 1;
  res.json(req.session!['n']);
};
const read: Handler = (req, res) => void res.json(req.session!['n'] ?? null);

/** `req.session`, its methods, and `req.sessionID`. */
export function describeSession(): void {
  describe('req.session', () => {
    it("is an instance of express-session's Session, with its Cookie", async () => {
      const { client } = await serve({}, (req, res) => {
        res.json([req.session instanceof expressSession.Session, req.session!.cookie instanceof expressSession.Cookie]);
      });
      expect(await (await client.get('/')).json()).toEqual([true, true]);
    });

    it('keeps what is written to it, nested values too', async () => {
      const { client } = await serve({}, (req, res) => {
        const views = (req.session!['views'] ??= {}) as Record<string, number>;
        views[req.path] = (views[req.path] ?? 0) + 1;
        res.json(views);
      });
      await client.get('/foo');
      await client.get('/foo');
      expect(await (await client.get('/bar')).json()).toEqual({ '/foo': 2, '/bar': 1 });
    });

    it('shows the application nothing but its own values and the cookie', async () => {
      const { client } = await serve({}, (req, res) => {
        req.session!['n'] = 1;
        res.json([Object.keys(req.session!), JSON.parse(JSON.stringify(req.session))]);
      });
      await client.get('/');
      const [keys, json] = (await (await client.get('/')).json()) as [string[], object];
      expect(keys.sort()).toEqual(['cookie', 'n']);
      expect(Object.keys(json).sort()).toEqual(['cookie', 'n']);
    });
  });

  describe('req.sessionID and session.id', () => {
    it('are there at once, are the same, and cannot be changed', async () => {
      const { client } = await serve({}, (req, res) => {
        const { session, sessionID } = req;
        let refused = 0;
        for (const change of [() => (req.sessionID = 'x'), () => Object.assign(session!, { id: 'x' })]) {
          try {
            change();
          } catch {
            refused += 1;
          }
        }
        res.json([sessionID === session!.id, req.sessionID === sessionID, typeof sessionID, refused]);
      });
      expect(await (await client.get('/')).json()).toEqual([true, true, 'string', 2]);
    });
  });

  describe.each(forms)('%s', (_form, call) => {
    const handle =
      (work: (req: ScriptRequest) => Promise<unknown>): Handler =>
      (req, res, next) => {
        work(req).then((answer) => void res.json(answer ?? null), next);
      };
    const app = (routes: Record<string, Handler>) => serve({}, { '/count': count, '/read': read, ...routes } as Routes);

    it('save() saves at once', async () => {
      const { client, store } = await app({
        '/save': handle(async (req) => {
          req.session!['n'] = 41;
          await call(req, 'save');
          const stored = JSON.parse(Object.values(store.sessions)[0] ?? '{}') as { n?: number };
          req.session!['n'] = 42;
          return stored.n;
        }),
      });
      expect(await (await client.get('/save')).json()).toBe(41);
      expect(await (await client.get('/read')).json()).toBe(42);
    });

    it('reload() reads again, into a new object', async () => {
      const { client } = await app({
        '/reload': handle(async (req) => {
          const before = req.session!;
          before['n'] = 99;
          await call(req, 'reload');
          return [req.session!['n'], req.session !== before, req.session!.id === before.id];
        }),
      });
      await client.get('/count');
      expect(await (await client.get('/reload')).json()).toEqual([1, true, true]);
      expect(await (await client.get('/read')).json()).toBe(1);
    });

    it('reload() fails for a session that is in no store', async () => {
      const { client, store } = await app({
        '/reload': handle(async (req) => {
          store.clear();
          await call(req, 'reload');
        }),
      });
      await client.get('/count');
      expect((await client.get('/reload')).status).toBe(401);
    });

    it('destroy() ends the session', async () => {
      const { client, store } = await app({
        '/destroy': handle(async (req) => {
          await call(req, 'destroy');
          return [req.session === undefined, Object.keys(store.sessions).length];
        }),
      });
      await client.get('/count');
      expect(await (await client.get('/destroy')).json()).toEqual([true, 0]);
      expect(await (await client.get('/read')).json()).toBeNull();
    });

    it('regenerate() begins a new session, and the old id is dead', async () => {
      const { client, visitor } = await app({
        '/regenerate': handle(async (req) => {
          const before = req.session!;
          await call(req, 'regenerate');
          const after = req.session!;
          after['user'] = 'ann';
          return [after !== before, after.id !== before.id, req.sessionID === after.id, after['n'] ?? null];
        }),
      });
      await client.get('/count');
      const old = await client.cookie('connect.sid');
      const response = await client.get('/regenerate');
      expect(await response.json()).toEqual([true, true, true, null]);
      expect(setCookie(response)?.['value']).not.toBe(old);
      expect(await (await visitor().get('/read', { cookie: `connect.sid=${old}` })).json()).toBeNull();
    });

    it.each<[Method, 'set' | 'destroy' | 'get']>([
      ['save', 'set'],
      ['reload', 'get'],
      ['destroy', 'destroy'],
      ['regenerate', 'destroy'],
    ])('%s() hears that the store failed', async (method, operation) => {
      const { client, store } = await app({
        '/fail': handle(async (req) => {
          req.session!['n'] = 7;
          store.faults.set(operation, 'error');
          try {
            await call(req, method);
          } finally {
            store.faults.clear();
          }
        }),
      });
      await client.get('/count');
      const response = await client.get('/fail');
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
    });
  });

  describe('methods', () => {
    it('work without a callback and without waiting, and a failure ends no process', async () => {
      const { client, store } = await serve(
        {},
        {
          '/count': count,
          '/save': (req, res) => {
            store.faults.set('set', 'error');
            req.session!['n'] = 5;
            void req.session!.save();
            setImmediate(() => store.faults.clear());
            res.send('sent');
          },
        },
      );
      await client.get('/count');
      const { status } = await client.get('/save');
      expect([200, 503]).toContain(status);
      await delay(5);
    });

    it('touch() returns the session and renews it with the response', async () => {
      const { client } = await serve(
        { cookie: { maxAge: 60_000 } },
        { '/count': count, '/touch': (req, res) => void res.json(req.session!.touch() === req.session) },
      );
      await client.get('/count');
      const response = await client.get('/touch');
      expect(await response.json()).toBe(true);
      expect(setCookie(response)).toMatchObject({ 'max-age': expect.stringMatching(/^(59|60)$/) });
    });

    it('save() by hand is enough, also with resave', async () => {
      const { client, store } = await serve({ resave: true }, (req, res) => {
        req.session!['n'] = 1;
        req.session!.save(() => res.send('saved'));
      });
      const set = vi.spyOn(store, 'set');
      await client.get('/');
      expect(set).toHaveBeenCalledTimes(1);
      await client.get('/');
      expect(set).toHaveBeenCalledTimes(2);
    });

    it('a redirect after save() finds the data', async () => {
      const { client } = await serve(
        {},
        {
          '/read': read,
          '/login': (req, res, next) => {
            req.session!['n'] = 10;
            req.session!.save((error) => (error ? next(error) : res.redirect('/read')));
          },
        },
      );
      const response = await client.post('/login');
      expect([response.status, response.headers.get('location')]).toEqual([302, '/read']);
      expect(await (await client.get('/read')).json()).toBe(10);
    });

    it('an error thrown by a callback is the callback’s own', async () => {
      const heard: unknown[] = [];
      const listener = (error: unknown) => void heard.push(error);
      const before = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException').on('uncaughtException', listener);
      try {
        const { client } = await serve({}, (req, res) => {
          req.session!['n'] = 1;
          req.session!.save(() => {
            res.send('answered');
            throw new Error('mine');
          });
        });
        expect(await (await client.get('/')).text()).toBe('answered');
        expect(heard).toEqual([expect.objectContaining({ message: 'mine' })]);
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const one of before) process.on('uncaughtException', one);
      }
    });
  });
}
