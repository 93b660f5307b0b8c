import {
  createSealedSessionReader,
  SessionGoneError,
  SessionStoreError,
  type WritableSession,
} from 'nest-session/standalone';
import { beforeEach, describe, expect, it } from 'vitest';
import { afterwards, brokenRevocation, HOUR, loggedIn, sealedReader, type AppSession } from './support.js';
import { WAYS } from './ways-to-write.js';

describe.each(Object.entries(WAYS))('a session that ends while it is open in %s', (_name, way) => {
  let sealed: ReturnType<typeof sealedReader>;
  beforeEach(() => void (sealed = sealedReader({ chunk: true, cookieOptions: { domain: 'example.com' } })));

  const read = (cookie: string | undefined) => sealed.reader.read(cookie);

  it('refuses to save a session that was ended or that expired meanwhile, without a cookie', async () => {
    const elsewhere = createSealedSessionReader<AppSession>(sealed.options);
    for (const meanwhile of [
      async (cookie: string) => (await elsewhere.open(cookie, new Headers())).logout(),
      async (cookie: string) => (await elsewhere.open(cookie, new Headers())).login({ id: 'ada' }),
      async () => sealed.clock.advance(HOUR),
    ]) {
      const cookie = await loggedIn(sealed);
      const lines = await way(sealed.reader, cookie, async (session) => {
        await meanwhile(cookie);
        session.data.text = 'late';
        await expect(session.save()).rejects.toThrow(SessionGoneError);
      });
      expect(lines).toEqual([]);
    }
  });

  it('gives a late request no cookie in place of the one that a login elsewhere has just set', async () => {
    const cookie = await loggedIn(sealed);
    await (await sealed.reader.open(cookie, new Headers())).login({ id: 'ada' });
    const lines = await way(sealed.reader, cookie, async (session) => {
      expect(session.data).toEqual({});
      await expect(session.save()).rejects.toThrow(/was replaced by a login in another request/);
    });
    expect(lines).toEqual([]);
  });

  it('carries nothing of a user over from a session that was ended meanwhile', async () => {
    const elsewhere = createSealedSessionReader<AppSession>(sealed.options);
    const cookie = await loggedIn(sealed, { id: 'ada' }, { cart: ['of ada'] });
    const after = await way(sealed.reader, cookie, async (session) => {
      await (await elsewhere.open(cookie, new Headers())).logout();
      await session.login({ id: 'bob' }, { keep: ['cart'] });
    });
    expect((await read(afterwards(cookie, after)))?.data).toEqual({ user: { id: 'bob' } });
  });

  it('writes nothing when the revocation store is out of order', async () => {
    const cookie = await loggedIn(sealed);
    let broken = false;
    const down = brokenRevocation();
    const { revocation } = sealed;
    const reader = createSealedSessionReader<AppSession>({
      ...sealed.options,
      revocation: {
        read: (...args) => (broken ? down : revocation).read(...args),
        raise: (...args) => (broken ? down : revocation).raise(...args),
        revokeBefore: (...args) => (broken ? down : revocation).revokeBefore(...args),
      },
    });
    for (const use of [
      (session: WritableSession<AppSession>) => session.save(),
      (session: WritableSession<AppSession>) => session.login({ id: 'bob' }),
      (session: WritableSession<AppSession>) => session.logout(),
    ]) {
      broken = false;
      const lines = await way(reader, cookie, async (session) => {
        broken = true;
        await expect(use(session)).rejects.toThrow(SessionStoreError);
        broken = false;
      });
      expect((await read(afterwards(cookie, lines)))?.data.user).toEqual({ id: 'ada' });
    }
  });
});
