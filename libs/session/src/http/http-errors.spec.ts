import { readdirSync, readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { runInNewContext } from 'node:vm';
import { HttpException } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import {
  SessionCrossOriginError,
  SessionImpersonationError,
  SessionLoginNotPendingError,
  SessionNotFoundError,
  SessionRoleError,
  SessionStepUpError,
  SignInRequiredError,
} from '../errors/access.errors.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionContextError } from '../errors/session-context.error.js';
import {
  SessionEvictedError,
  SessionGoneError,
  SessionLimitError,
  SessionLockError,
  SessionRotatedError,
} from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { isSessionError, SessionError, type SessionErrorCode, type SessionUsageCode } from '../errors/session.error.js';
import { HTTP_STATUS, SessionException, toHttp } from './http-errors.js';

const errorsFolder = new URL('../errors/', import.meta.url);
const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

const codes = Object.keys(HTTP_STATUS) as SessionErrorCode[];

/** One of every class; where a class has several codes, one of each. */
const samples: readonly SessionError[] = [
  new SignInRequiredError(),
  new SessionLoginNotPendingError(),
  SessionStepUpError.reauthentication(600),
  SessionStepUpError.assurance(2),
  new SessionRoleError(),
  SessionImpersonationError.nested(),
  new SessionCrossOriginError(),
  new SessionNotFoundError(),
  new SessionGoneError(),
  new SessionEvictedError(),
  new SessionRotatedError(),
  new SessionLockError(),
  new SessionLimitError(),
  new SessionTooLargeError(5000, 4096, [{ key: 'hunter2', bytes: 4000 }], 'Keep less in it.'),
  SessionStoreError.from(new TypeError('redis://user:hunter2@10.0.0.1 is down')),
  new SessionConfigError([{ path: 'secret', problem: 'is missing.' }]),
  SessionContextError.outsideRequest('SessionService.current'),
  SessionContextError.requestOver('SessionService.current'),
  ...codes
    .filter((code) => page.includes(`\`${code}\``) && rowOf(code)?.className === 'SessionUsageError')
    .map((code) => new SessionUsageError(code as SessionUsageCode, 'A mistake.')),
];

const forClients = samples.filter(({ code }) => HTTP_STATUS[code] !== 500);

interface Row {
  readonly code: string;
  readonly className: string;
  readonly status: string;
}

function rows(): Row[] {
  return [...page.matchAll(/^\| `([A-Z_]+)`\s*\| `(\w+)`\s*\| (\w+)\s*\|/gm)].map(
    ([, code = '', className = '', status = '']) => ({ code, className, status }),
  );
}

function rowOf(code: string): Row | undefined {
  return rows().find((row) => row.code === code);
}

/** Every class that the folder of errors exports. */
async function classes(): Promise<string[]> {
  const files = readdirSync(errorsFolder).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(files.map((name) => import(new URL(name, errorsFolder).href) as Promise<object>));
  return modules
    .flatMap((module) => Object.entries(module))
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof SessionError)
    .map(([name]) => name);
}

describe('the page of errors', () => {
  it('has every code once, with the status that it is answered with', () => {
    expect(
      rows()
        .map(({ code }) => code)
        .sort(),
    ).toEqual([...codes].sort());
    for (const { code, status } of rows())
      expect([code, status === 'start' ? 500 : Number(status)]).toEqual([code, HTTP_STATUS[code as SessionErrorCode]]);
  });

  it('has the class of every code', () => {
    expect(samples.map(({ code }) => code).sort()).toEqual([...codes].sort());
    for (const error of samples) expect([error.code, rowOf(error.code)?.className]).toEqual([error.code, error.name]);
  });
});

describe('the classes', () => {
  it('are all tested here', async () => {
    expect(new Set(samples.map(({ name }) => name))).toEqual(new Set(await classes()));
  });

  it('share no code', () => {
    const known = new Map<string, string>();
    for (const { code, name } of samples) {
      expect([code, known.get(code) ?? name]).toEqual([code, name]);
      known.set(code, name);
    }
  });
});

describe('what clients get', () => {
  it.each(forClients)('has one shape: $code', (error) => {
    const exception = toHttp(error);
    expect(exception).toBeInstanceOf(HttpException);
    expect(exception).toBeInstanceOf(SessionException);
    const { code, cause, message } = exception as SessionException;
    const status = HTTP_STATUS[error.code];
    const body = (exception as SessionException).getResponse();
    const { maxAge: _maxAge, requiredAal: _requiredAal, ...common } = body as Record<string, unknown>;
    expect(common).toEqual({ statusCode: status, message, error: STATUS_CODES[status], code: error.code });
    expect(body).toMatchObject(error.details);
    expect([code, (exception as SessionException).getStatus()]).toEqual([error.code, status]);
    expect(cause).toBe(error);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|10\.0\.0\.1|_?errorCode/);
  });

  it('says what is needed where more has to be proven', () => {
    expect(new SessionException(SessionStepUpError.reauthentication(600)).getResponse()).toMatchObject({ maxAge: 600 });
    expect(new SessionException(SessionStepUpError.assurance(2)).getResponse()).toMatchObject({ requiredAal: 2 });
  });

  it('is nothing of a mistake in the application, nor of an error of others', () => {
    const others = [new Error('other'), new HttpException('other', 418), 'text', undefined];
    const own = samples.filter(({ code }) => HTTP_STATUS[code] === 500);
    expect(own.length).toBeGreaterThan(20);
    for (const error of [...own, ...others]) expect(toHttp(error)).toBe(error);
  });

  it('is translated once', () => {
    const exception = toHttp(new SessionGoneError());
    expect(toHttp(exception)).toBe(exception);
  });
});

describe('isSessionError()', () => {
  it.each(samples)('knows $code', (error) => {
    expect(isSessionError(error)).toBe(true);
    expect(isSessionError(toHttp(error))).toBe(true);
  });

  it('knows an error of another copy of the library', async () => {
    vi.resetModules();
    const other = (await import('../errors/session-state.errors.js')) as { SessionGoneError: typeof SessionGoneError };
    const error = new other.SessionGoneError();
    expect(error instanceof SessionError).toBe(false);
    expect(isSessionError(error)).toBe(true);
  });

  it('knows an error of another realm', () => {
    const script =
      "class E extends Error { get [Symbol.for('nest-session:error')]() { return true; } }; const e = new E(); e";
    const error: unknown = runInNewContext(script);
    expect(error instanceof Error).toBe(false);
    expect(isSessionError(error)).toBe(true);
  });

  it.each([new Error('SESSION_GONE'), { code: 'SESSION_GONE' }, new HttpException('x', 401), null, undefined, 'text'])(
    'does not take %s for one',
    (other) => {
      expect(isSessionError(other)).toBe(false);
    },
  );
});
