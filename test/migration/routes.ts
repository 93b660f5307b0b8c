import type { NextFunction, Request, Response } from 'express';

/** What the application keeps in a session: keys of its own making, and no `user` of ours. */
export interface AppSession {
  userId?: string;
  log?: string[];
  [key: `key-${string}`]: string;
  regenerate(done: (error?: unknown) => void): unknown;
  save(done: (error?: unknown) => void): unknown;
  destroy(done: (error?: unknown) => void): unknown;
}

export type AppRequest = Omit<Request, 'session'> & { session: AppSession };

type Route = (req: AppRequest, res: Response, next: NextFunction) => void;

/** A parameter of the query, which is text. */
const parameter = (req: AppRequest, name: string): string => req.query[name] as string;

/** The gate that `POST /slow` waits at. */
export class Gate {
  private readonly arrivals: (() => void)[] = [];
  private open: (() => void) | undefined;

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.open = resolve;
      for (const arrived of this.arrivals.splice(0)) arrived();
    });
  }

  arrived(): Promise<void> {
    return this.open ? Promise.resolve() : new Promise((resolve) => this.arrivals.push(resolve));
  }

  release(): void {
    this.open?.();
    this.open = undefined;
  }
}

/** The application, written for express-session. It runs unchanged on the old nodes and on the new ones. */
export const appRoutes = (gate: Gate): Record<string, Route> => ({
  'GET /me': (req, res) => {
    const { userId, log, ...rest } = req.session;
    const own = Object.fromEntries(Object.entries(rest).filter(([key]) => key.startsWith('key-')));
    res.json({ userId: userId ?? null, log: log ?? [], ...own });
  },
  'POST /login': (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.userId = parameter(req, 'user');
      req.session.save((failed) => (failed ? next(failed) : void res.json({})));
    });
  },
  'POST /logout': (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : void res.json({})));
  },
  'POST /log': (req, res) => {
    (req.session.log ??= []).push(parameter(req, 'line'));
    res.json(req.session.log);
  },
  'POST /set': (req, res) => {
    req.session[`key-${parameter(req, 'key')}`] = 'set';
    res.json({});
  },
  'POST /slow': (req, res, next) => {
    gate.wait().then(() => {
      req.session[`key-${parameter(req, 'key')}`] = 'set';
      res.json({});
    }, next);
  },
});
