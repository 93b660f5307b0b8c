import type { IncomingMessage } from 'node:http';
import { isPlainId } from '../core/plain-id.js';
import { isSessionName } from '../core/session-name.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { MemorySessionStore } from '../stores/memory.store.js';
import { isCookieStore, type CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { Report } from './report.js';

const MIN_SECRET = 32;
const KNOWN_SECRETS = /^(keyboard ?cat|secret|change ?me|password|default|test|your[- _]?secret.*)+$/i;
const HOW = 'Make one with `openssl rand -base64 32`.';

/**
 * The secrets to use; none if none were given, which is allowed in development only.
 * @param sealsCopies whether they seal copies of sessions: then they have to be strong in every environment
 */
export function checkSecrets(report: Report, given: unknown, production: boolean, sealsCopies = false): string[] {
  const where = production
    ? 'when NODE_ENV is production'
    : 'where cache is on: with the secret, a session of any user can be made';
  if (given === undefined || given === '') {
    if (production) report('secret', `is required when NODE_ENV is production. ${HOW}`);
    return [];
  }
  const secrets: unknown[] = Array.isArray(given) ? given : [given];
  if (secrets.length === 0) report('secret', `is an empty list. Give at least one secret. ${HOW}`);
  const seen = new Set<unknown>();
  secrets.forEach((secret, index) => {
    const path = Array.isArray(given) ? `secret[${index}]` : 'secret';
    if (typeof secret !== 'string') return report(path, `must be a string. ${HOW}`);
    if (secret === '') return report(path, `is empty. ${HOW}`);
    if (seen.has(secret)) report(path, 'is the same as an earlier one. Remove it.');
    seen.add(secret);
    if (!production && !sealsCopies) return;
    if (secret.length < MIN_SECRET) {
      report(path, `has ${secret.length} characters and needs ${MIN_SECRET} ${where}. ${HOW}`);
    } else if (new Set(secret).size < 8 || KNOWN_SECRETS.test(secret)) {
      report(path, `can be guessed: it repeats a few characters or a well-known word. ${HOW}`);
    }
  });
  return secrets.filter((secret) => typeof secret === 'string');
}

const PORT = ['read', 'create', 'save', 'renew', 'delete'] as const;

/** The store to use, or undefined if none was given. */
export function checkStore(
  report: Report,
  store: unknown,
  production: boolean,
): SessionStore | CookieStore | undefined {
  if (store === undefined) {
    if (production) {
      report(
        'store',
        'is required when NODE_ENV is production: sqliteStore(), redisStore(), connectStore(...), sealedCookie(), or memoryStore({ allowInProduction: true }).',
      );
    }
    return undefined;
  }
  if (isCookieStore(store)) {
    for (const { path, problem } of store.problems(production)) report(path, problem);
    return store;
  }
  if (isStore(store)) {
    if (production && store instanceof MemorySessionStore && !store.allowInProduction) {
      report(
        'store',
        'the memory store loses all sessions at a restart and is not shared between processes. Use another store, or memoryStore({ allowInProduction: true }).',
      );
    }
    return store;
  }
  const connect = typeof store === 'object' && store !== null && 'get' in store && 'set' in store && 'destroy' in store;
  report(
    'store',
    connect
      ? 'is a store of express-session. Wrap it: connectStore(store).'
      : `is no session store: it lacks ${PORT.join('(), ')}().`,
  );
  return undefined;
}

/** Whether a value is a `SessionStore`, and not a store for express-session. */
export const isStore = (store: unknown): store is SessionStore =>
  typeof store === 'object' &&
  store !== null &&
  PORT.every((method) => typeof (store as Record<string, unknown>)[method] === 'function');

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/**
 * The function that makes names, or plain ids; undefined if none was given. Everything that it makes is checked, the first
 * two before the start.
 */
export function checkGenid(
  report: Report,
  genid: unknown,
  plain: boolean,
): ((req: IncomingMessage) => string) | undefined {
  if (genid === undefined) return undefined;
  if (typeof genid !== 'function') {
    report('genid', 'must be a function that returns a string.');
    return undefined;
  }
  const problemOf = plain ? idProblem : nameProblem;
  const make = genid as (req?: IncomingMessage) => unknown;
  if (make.length === 0) {
    const samples = [make(), make()];
    const problem =
      samples.map(problemOf).find(Boolean) ?? (samples[0] === samples[1] ? 'made the same one twice' : undefined);
    if (problem) report('genid', `${problem}. Leave it out for ${plain ? 32 : 16} random bytes.`);
  }
  return (req) => {
    const made = make(req);
    const problem = problemOf(made);
    if (problem !== undefined || typeof made !== 'string') throw SessionUsageError.badId(problem ?? 'made no string');
    return made;
  };
}

/** The problem of a name, which is not a secret. */
function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return `made a ${typeof name}, not a string`;
  return isSessionName(name) ? undefined : 'made a name that is not 8 to 64 letters, digits, - and _';
}

/** The problem of an id, which is the secret itself. */
function idProblem(id: unknown): string | undefined {
  if (typeof id !== 'string') return `made a ${typeof id}, not a string`;
  if (id.length < 22) return 'made an id of fewer than 22 characters, which can be guessed';
  if (UUID.test(id)) return 'made a UUID, which is not meant to be a secret (ASVS V11.5.1)';
  if (!isPlainId(id)) return 'made an id with characters that a cookie cannot carry, or more than 256';
  return undefined;
}
