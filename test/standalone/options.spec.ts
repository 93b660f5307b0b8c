import { inspect } from 'node:util';
import {
  createSealedSessionReader,
  createServerSessionReader,
  SessionConfigError,
  type SealedSessionReaderOptions,
  type ServerSessionReaderOptions,
} from 'nest-session/standalone';
import { memoryStore } from 'nest-session';
import { memoryRevocation } from 'nest-session/sealed';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loggedIn, PASSWORD, sealedReader } from './support.js';

afterEach(() => vi.unstubAllEnvs());
const production = () => vi.stubEnv('NODE_ENV', 'production');

const problemsOf = (create: () => unknown): string[] => {
  try {
    create();
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
};

describe('options of createSealedSessionReader()', () => {
  const create = (given: object) => () => createSealedSessionReader(given as SealedSessionReaderOptions);
  const good = { password: PASSWORD, revocation: 'none' };

  it('are refused with every problem at once, each with its path', () => {
    const wrong = {
      password: 'short',
      cookieName: 'a b',
      ttl: 'long',
      cookieOptions: { sameSite: 'none', path: 'x', httpOnly: false },
      absoluteTimeout: -1,
      clock: {},
      store: 1,
    };
    const names = [
      'store',
      'password',
      'ttl',
      'revocation',
      'cookieOptions.httpOnly',
      'cookieOptions.path',
      'cookieName',
      'absoluteTimeout',
      'clock',
    ];
    expect(problemsOf(create(wrong))).toEqual(names.map((name) => `createSealedSessionReader.${name}`));
    expect(create(wrong)).toThrow(/^createSealedSessionReader\(\) cannot start, 9 problems/);
    expect(create(wrong)).toThrow(/store: no such option\. Known: .*revocation, absoluteTimeout, clock, userKey\./);
    expect(create(wrong)).not.toThrow(/short/);
  });

  it('must be there', () => {
    for (const none of [undefined, null, 'text'])
      expect(problemsOf(create(none as never))).toContain('createSealedSessionReader.password');
  });

  it('may not have an idle timeout that the absolute one cuts off', () => {
    expect(problemsOf(create({ ...good, ttl: '9h' }))).toEqual(['createSealedSessionReader.cookieOptions.maxAge']);
    const cookieOptions = { maxAge: undefined };
    expect(problemsOf(create({ ...good, ttl: '9h', cookieOptions }))).toEqual(['createSealedSessionReader.ttl']);
    expect(problemsOf(create({ ...good, ttl: '9h', absoluteTimeout: '1d' }))).toEqual([]);
    expect(problemsOf(create({ ...good, ttl: '9h', absoluteTimeout: false }))).toEqual([]);
  });

  it('may not weaken the cookie or the revocation in production', () => {
    production();
    const revocation = memoryRevocation();
    const given = { ...good, revocation, cookieOptions: { secure: false } };
    expect(problemsOf(create(given))).toEqual([
      'createSealedSessionReader.revocation',
      'createSealedSessionReader.cookieOptions.secure',
    ]);
    const allowed = memoryRevocation({ allowInProduction: true });
    expect(problemsOf(create({ ...good, revocation: allowed }))).toEqual([]);
  });

  it("are Secure in production, where secure: 'auto' is refused", async () => {
    production();
    const given = { password: PASSWORD, revocation: 'none' } as const;
    expect(() => createSealedSessionReader({ ...given, cookieOptions: { secure: 'auto' } })).toThrow(/secure/);
    for (const secure of [undefined, true] as const) {
      const reader = createSealedSessionReader({ password: PASSWORD, revocation: 'none', cookieOptions: { secure } });
      const headers = new Headers();
      await (await reader.open(undefined, headers)).login({ id: 'ada' });
      expect(headers.getSetCookie()[0]).toMatch(/; Secure/);
    }
  });

  it('may be a function, which is called at the first use, once, and again if it threw', async () => {
    let calls = 0;
    let ready = false;
    const reader = createSealedSessionReader(() => {
      calls++;
      if (!ready) throw new Error('not yet');
      return { password: PASSWORD, revocation: 'none' };
    });
    expect(calls).toBe(0);
    await expect(reader.read('session=x')).rejects.toThrow('not yet');
    ready = true;
    for (let i = 0; i < 3; i++) expect(await reader.read('session=x')).toBeNull();
    expect(calls).toBe(2);
  });

  it('that a function gives are refused at the first use', async () => {
    const reader = createSealedSessionReader(() => ({ password: '', revocation: 'none' }));
    await expect(reader.read(undefined)).rejects.toThrow(SessionConfigError);
    await expect(reader.open(undefined, new Headers())).rejects.toThrow(/password: is required/);
  });

  it('show no password and no id when a reader or a session is logged or serialized', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const session = await sealed.reader.open(cookie, new Headers());
    const shown = [sealed.reader, session].flatMap((value) => [
      inspect(value, { depth: Infinity, showHidden: true }),
      JSON.stringify(value),
    ]);
    for (const text of shown) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain('Fe26');
    }
    expect(JSON.parse(shown[3] ?? '')).toEqual({ data: { user: { id: 'ada' } } });
  });
});

describe('options of createServerSessionReader()', () => {
  const create = (given: object) => () => createServerSessionReader(given as ServerSessionReaderOptions);
  const secret = 'a secret for tests that is long enough';

  it('are refused with every problem at once, each with its path', () => {
    const wrong = { secret: [], store: {}, name: 'a b', idleTimeout: 0, absoluteTimeout: 'x', clock: {}, ttl: 1 };
    const names = ['ttl', 'secret', 'store', 'name', 'idleTimeout', 'absoluteTimeout', 'clock'];
    expect(problemsOf(create(wrong))).toEqual(names.map((name) => `createServerSessionReader.${name}`));
  });

  it.each([false, true])('must name secret and store (production: %s)', (live) => {
    if (live) production();
    const paths = ['createServerSessionReader.secret', 'createServerSessionReader.store'];
    expect(problemsOf(create({}))).toEqual(paths);
    expect(problemsOf(create(undefined as never))).toEqual(paths);
  });

  it('say where sessions in a cookie are read', () => {
    expect(create({ secret, store: { recordInCookie: true } })).toThrow(/store: .*createSealedSessionReader/);
  });

  it('may not name the memory store or a weak secret in production', () => {
    production();
    expect(problemsOf(create({ secret: 'secret', store: memoryStore() }))).toEqual([
      'createServerSessionReader.secret',
      'createServerSessionReader.store',
    ]);
  });

  it('may be a function', async () => {
    let calls = 0;
    const reader = createServerSessionReader(() => ({ secret, store: memoryStore(), name: `sid${calls++}` }));
    expect(await reader.read('sid=x')).toBeNull();
    expect(await reader.read('sid=x')).toBeNull();
    expect(calls).toBe(1);
  });
});
