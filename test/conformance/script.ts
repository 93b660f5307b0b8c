import type { Express, NextFunction, Request, Response } from 'express';
import type { SessionOptions } from 'express-session';
import type { ExpressSessionOptions } from 'nest-session/express';
import type { FaultyStore } from './faulty-store.js';
import type { handlers } from './handlers.js';

/** `req.session` as a handler of a script uses it. */
export interface ScriptSession {
  [key: string]: unknown;
  readonly id: string;
  cookie: {
    maxAge?: number | null | undefined;
    expires?: Date | null | false | undefined;
    originalMaxAge: number | null;
    [attribute: string]: unknown;
  };
  save(callback?: (error?: unknown) => void): unknown;
  reload(callback?: (error?: unknown) => void): unknown;
  destroy(callback?: (error?: unknown) => void): unknown;
  regenerate(callback?: (error?: unknown) => void): unknown;
  touch(): unknown;
}

export type ScriptRequest = Omit<Request, 'session' | 'sessionID' | 'sessionStore'> & {
  session?: ScriptSession | null;
  sessionID: unknown;
  sessionStore?: {
    regenerate(req: unknown, callback: (error?: unknown) => void): void;
    generate(req: unknown): void;
  };
};

/** A small route that does one thing with the session. */
export type Handler = (req: ScriptRequest, res: Response, next: NextFunction) => void;

export type HandlerName = keyof typeof handlers;

/** One request of a script. */
export interface Step {
  readonly run: HandlerName;
  /** What stands before the handler's name in the path. @default '/' */
  readonly under?: string;
  readonly method?: string;
  /** Whose cookies are sent and kept. @default 'ann' */
  readonly as?: string;
  /** Milliseconds that pass before. */
  readonly after?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Turns the Cookie header that the browser would send into another one. */
  readonly cookie?: (usual: string) => string;
  /** Done to the store before. */
  readonly store?: (store: FaultyStore) => void;
}

/** Requests in order to one application, with one set of options. */
export interface Script {
  readonly name: string;
  readonly options?: Partial<ExpressSessionOptions> & { readonly secret?: SessionOptions['secret'] };
  /** Options that must not be shared between two runs. */
  readonly freshOptions?: () => Partial<ExpressSessionOptions>;
  readonly makeStore?: () => FaultyStore;
  /** What the application does besides, before the session is mounted. */
  readonly app?: (app: Express) => void;
  /** @default 1 */
  readonly mounts?: number;
  readonly steps: readonly (HandlerName | Step)[];
}
