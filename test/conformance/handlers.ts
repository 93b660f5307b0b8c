import type { NextFunction, Response } from 'express';
import type { Handler, ScriptRequest, ScriptSession } from './script.js';

const sessionOf = (req: ScriptRequest): ScriptSession => {
  if (!req.session) throw new Error('no session');
  return req.session;
};

/** The application's own values. */
const valuesOf = (session: ScriptSession | null | undefined): Record<string, unknown> | null =>
  session
    ? Object.fromEntries(Object.entries(session).filter(([key]) => key !== 'cookie' && !key.startsWith('__nest')))
    : null;

/** Answers with what a method's callback was told. */
const report =
  (res: Response, more: () => object = () => ({})) =>
  (error?: unknown): void =>
    void res.json({ failed: error !== undefined && error !== null, ...more() });

const count = (session: ScriptSession): number => {
  session['n'] = ((session['n'] as number | undefined) ?? 0) + 1;
  return session['n'] as number;
};

const set =
  (change: (session: ScriptSession) => void): Handler =>
  (req, res) => {
    change(sessionOf(req));
    res.send('done');
  };

const define = <Name extends string>(all: Record<Name, Handler>): Record<Name, Handler> => all;

/** The routes of every script, by name: `GET /count` runs `count`. */
export const handlers = define({
  // The session is left alone.
  plain: (_req, res) => void res.send('plain'),
  setsCookie: (_req, res) => {
    res.cookie('theme', 'dark');
    res.send('themed');
  },

  // Values.
  read: (req, res) => void res.json(valuesOf(req.session)),
  count: (req, res) => void res.json(count(sessionOf(req))),
  push: set((session) => ((session['list'] ??= []) as unknown[]).push('item')),
  same: set((session) => (session['n'] = 1)),
  remove: set((session) => Reflect.deleteProperty(session, 'n')),
  nothing: set((session) => (session['gone'] = undefined)),
  types: set((session) =>
    Object.assign(session, { text: 'ünï', no: null, list: [1, [2]], when: new Date(0), deep: { a: { b: true } } }),
  ),
  reserved: set((session) => Object.assign(session, { constructor: 'x', toString: 'y', user: 'ann' })),

  // Identity.
  ids: (req, res) => void res.json({ id: req.session?.id, sessionID: req.sessionID }),
  has: (req, res) => void res.json({ session: req.session !== undefined, store: req.sessionStore !== undefined }),
  bogusId: (req, res) => {
    count(sessionOf(req));
    req.sessionID = { not: 'an id' };
    res.send('done');
  },
  assignId: (req, res) => {
    count(sessionOf(req));
    req.sessionID = 'chosen-by-the-application';
    res.send('done');
  },
  assignSession: (req, res) => {
    req.session = { n: 99 } as unknown as ScriptSession;
    res.send('done');
  },

  // The cookie of a session.
  cookie: (req, res) => {
    const { maxAge, originalMaxAge, expires, path, httpOnly } = sessionOf(req).cookie;
    res.json({ maxAge, originalMaxAge, expires: expires ? 'a date' : expires, path, httpOnly });
  },
  longer: set((session) => {
    count(session);
    session.cookie.maxAge = 3_600_000;
  }),
  longerOnly: set((session) => (session.cookie.maxAge = 7_200_000)),
  expiresAt: set((session) => {
    count(session);
    session.cookie.expires = new Date(Date.now() + 1_800_000);
  }),
  untilClosed: set((session) => {
    count(session);
    session.cookie.expires = false;
  }),
  attributes: set((session) => {
    count(session);
    Object.assign(session.cookie, { path: '/app', sameSite: 'strict', httpOnly: false });
  }),
  touch: set((session) => session.touch()),

  // Methods.
  save: (req, res) => {
    count(sessionOf(req));
    sessionOf(req).save(report(res));
  },
  saveTwice: (req, res) => {
    const session = sessionOf(req);
    count(session);
    session.save(() => {
      count(session);
      session.save(report(res));
    });
  },
  saveThenChange: (req, res) => {
    const session = sessionOf(req);
    count(session);
    session.save(() => res.json(count(session)));
  },
  saveUntouched: (req, res) => void sessionOf(req).save(report(res)),
  saveRedirect: (req, res, next) => {
    count(sessionOf(req));
    sessionOf(req).save((error) => (error ? next(error) : res.redirect('/read')));
  },
  reload: (req, res) => {
    const session = sessionOf(req);
    session['unsaved'] = true;
    session.reload(report(res, () => ({ values: valuesOf(req.session), fresh: req.session !== session })));
  },
  destroy: (req, res) => void sessionOf(req).destroy(report(res, () => ({ session: req.session }))),
  destroyAtOnce: (req, res) => {
    sessionOf(req).destroy(() => undefined);
    res.json({ gone: req.session === undefined });
  },
  regenerate: (req, res) => {
    const before = sessionOf(req);
    before.regenerate(
      report(res, () => ({
        newId: req.session?.id !== before.id,
        newObject: req.session !== before,
        values: valuesOf(req.session),
      })),
    );
  },
  regenerateAndCount: (req, res) => {
    sessionOf(req).regenerate(() => res.json(count(sessionOf(req))));
  },

  // Sign in and out as express-session's documentation shows it.
  login: (req, res, next) => {
    sessionOf(req).regenerate((error) => {
      if (error) return next(error);
      sessionOf(req)['user'] = 'ann';
      sessionOf(req).save((failed) => (failed ? next(failed) : res.redirect('/read')));
    });
  },
  logout: (req, res, next) => {
    sessionOf(req)['user'] = null;
    sessionOf(req).save((error) => {
      if (error) return next(error);
      sessionOf(req).regenerate((failed) => (failed ? next(failed) : res.redirect('/read')));
    });
  },

  // Letting go of the session.
  setNull: (req, res) => {
    count(sessionOf(req));
    req.session = null;
    res.send('done');
  },
  deleteProperty: (req, res) => {
    count(sessionOf(req));
    delete req.session;
    res.send('done');
  },

  // By way of the store.
  storeRegenerate: (req, res) => {
    req.sessionStore?.regenerate(
      req,
      report(res, () => ({ n: count(sessionOf(req)) })),
    );
  },
  storeGenerate: (req, res) => {
    req.sessionStore?.generate(req);
    res.json(count(sessionOf(req)));
  },

  // Ways to answer.
  head: (req, res) => {
    count(sessionOf(req));
    res.set('X-Count', 'yes').end();
  },
  noContent: (req, res) => {
    count(sessionOf(req));
    res.status(204).end();
  },
  cached: (_req, res) => void res.set('ETag', '"v1"').send('cached'),
  writeHead: (req, res) => {
    count(sessionOf(req));
    res.writeHead(201, { 'Content-Type': 'text/plain', 'X-Own': 'yes' });
    res.end('created');
  },
  writeHeadCookie: (req, res) => {
    count(sessionOf(req));
    res.setHeader('Set-Cookie', 'a=1');
    res.end('done');
  },
  stream: (req, res) => {
    count(sessionOf(req));
    res.write('one,');
    setImmediate(() => res.end('two'));
  },
  changeLate: (req, res) => {
    const session = sessionOf(req);
    res.write('one,');
    count(session);
    res.end('two');
  },
  endTwice: (req, res) => {
    count(sessionOf(req));
    res.end('first');
    res.end('second');
  },
  endInTurn: (req, res) => {
    count(sessionOf(req));
    res.write('');
    res.end();
  },
  buffer: (req, res) => {
    count(sessionOf(req));
    res.end(Buffer.from('buffer'));
  },
  hex: (req, res) => {
    count(sessionOf(req));
    res.end('686578', 'hex');
  },
  throws: (req, _res: Response, _next: NextFunction) => {
    count(sessionOf(req));
    throw Object.assign(new Error('teapot'), { status: 418 });
  },
  missing: (req, _res, next) => {
    count(sessionOf(req));
    next();
  },
});
