import { KeyObject } from 'node:crypto';
import expressSession from 'express-session';
import { systemClock } from '../core/clock.js';
import { lastWriterWins } from '../core/merge.js';
import { isPlainId } from '../core/plain-id.js';
import { randomText } from '../core/random-text.js';
import { isSessionName } from '../core/session-name.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { resolveCookie } from '../options/cookie-options.js';
import { isProduction } from '../options/environment.js';
import { isStore } from '../options/option-checks.js';
import type { Report } from '../options/report.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { connectStore, type ConnectStyleStore } from '../stores/connect.store.js';
import { isCookieStore, type CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import { resolveExpressCookie, type ExpressCookie } from './express-cookie.js';
import type { ExpressCookieOptions, ExpressSessionOptions, OfRequest } from './express-session-options.js';

const DAY = 86_400_000;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SAME_SITE = new Set<unknown>([undefined, true, false, 'lax', 'strict', 'none', 'auto']);

/** The options of a middleware, and the application's store. */
export interface ResolvedExpressOptions {
  readonly options: ResolvedSessionOptions;
  readonly given: ConnectStyleStore | SessionStore | CookieStore;
}

/**
 * Converts the options of express-session, with its defaults, to those of the engine.
 * @throws `SessionConfigError` with every problem at once
 */
export function resolveExpressOptions(given: Partial<ExpressSessionOptions> = {}): ResolvedExpressOptions {
  const problems: ConfigProblem[] = [];
  const report: Report = (path, problem) => problems.push({ path, problem });
  const inCookie = isCookieStore(given.store) ? given.store : undefined;
  const secrets = inCookie ? [] : secretsOf(report, given.secret);
  // `key` is the former name of `name`, which some applications still use.
  const name = inCookie?.settings.name ?? given.name ?? (given as { key?: string }).key ?? 'connect.sid';
  if (typeof name !== 'string' || !TOKEN.test(name)) report('name', 'must be a cookie name, without spaces.');
  if (given.unset && !['destroy', 'keep'].includes(given.unset)) report('unset', "must be 'destroy' or 'keep'.");
  checkCookie(report, given.cookie);
  // A cookie that contains the session has to be as safe as in the module.
  const sealed = inCookie && resolveCookie(report, inCookie.settings, isProduction(process.env));
  const store = given.store ?? new expressSession.MemoryStore();
  const port = portOf(report, store);
  const plain = port !== undefined && !isCookieStore(port) && port.keys === 'plain';
  const genid = genidOf(report, given.genid, plain);
  if (problems.length > 0 || !port) throw new SessionConfigError(problems, 'session()');

  const cookie: ExpressCookie =
    sealed ?? resolveExpressCookie(given.cookie as OfRequest<ExpressCookieOptions>, () => systemClock.now());
  const options: ResolvedSessionOptions = {
    secrets,
    name,
    cookie: cookie.cookie,
    ...(cookie.cookieFor && { cookieFor: cookie.cookieFor }),
    store: port,
    idleTimeout: cookie.cookie.maxAge ?? inCookie?.settings.idleTimeout ?? DAY,
    absoluteTimeout: Infinity,
    rolling: given.rolling ?? false,
    saveUninitialized: given.saveUninitialized ?? !inCookie,
    resave: given.resave ?? !inCookie,
    unset: given.unset ?? 'keep',
    ...(genid && { genid }),
    proxy: given.proxy === true ? 'first' : given.proxy,
    onStoreError: 'fail',
    resolve: lastWriterWins,
    lazy: false,
    clock: systemClock,
    notices: [],
  };
  return { options: Object.freeze(options), given: store };
}

function secretsOf(report: Report, given: unknown): (string | Uint8Array)[] {
  const secrets: unknown[] = Array.isArray(given) ? given : [given];
  const keys = secrets.map(keyOf).filter((key) => key !== undefined);
  if (keys.length === 0 || keys.length < secrets.length) {
    report('secret', 'is required: a string, Buffer or KeyObject, or a list of at least one. The first one signs.');
  }
  return keys;
}

function keyOf(secret: unknown): string | Uint8Array | undefined {
  if (secret instanceof KeyObject && secret.type === 'secret') return secret.export();
  if (typeof secret === 'string') return secret === '' ? undefined : secret;
  if (!ArrayBuffer.isView(secret) || secret.byteLength === 0) return undefined;
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
}

function checkCookie(report: Report, cookie: unknown): void {
  if (cookie === undefined || cookie === null || typeof cookie === 'function') return;
  if (typeof cookie !== 'object') report('cookie', 'must be an object of attributes, or a function that gives one.');
  else if ('sameSite' in cookie && !SAME_SITE.has(cookie.sameSite)) {
    report('cookie.sameSite', "must be true, false, 'lax', 'strict', 'none' or 'auto'.");
  }
}

/** 24 random bytes, as in express-session: the key columns of its stores are made for this length. */
const plainId = (): string => randomText(24);

function genidOf(report: Report, given: unknown, plain: boolean): OfRequest<string> | undefined {
  if (given === undefined || given === null) return plain ? plainId : undefined;
  if (typeof given !== 'function') report('genid', 'must be a function that returns a string.');
  const make = given as OfRequest<unknown>;
  return (req) => {
    const id = make(req);
    if (typeof id !== 'string') throw SessionUsageError.badId(`made a ${typeof id}, not a string`);
    if (plain && !isPlainId(id))
      throw SessionUsageError.badId('made an id with characters of no cookie, or more than 256');
    if (!plain && !isSessionName(id))
      throw SessionUsageError.badId('made a name that is not 8 to 64 letters, digits, - and _');
    return id;
  };
}

function portOf(
  report: Report,
  store: ConnectStyleStore | SessionStore | CookieStore,
): SessionStore | CookieStore | undefined {
  if (isCookieStore(store)) {
    for (const { path, problem } of store.problems(isProduction(process.env))) report(path, problem);
    return store;
  }
  if (isStore(store)) return store;
  try {
    return connectStore(store, { ids: 'plain' });
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    for (const { problem } of error.problems) report('store', problem);
    return undefined;
  }
}
