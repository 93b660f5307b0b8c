import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import {
  memoryStore,
  SessionRegistry,
  SessionService,
  type SessionModuleOptions,
  type SessionUser,
} from 'nest-session';
import { SessionDevicesModule } from 'nest-session/devices';
import { redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { sqliteStore } from 'nest-session/sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

interface Person extends SessionUser {
  readonly tenant?: string;
  readonly name?: string;
}

class Base {
  readonly createdAt = new Date(0);
  /** Of every row, and no key of its own. */
  get label() {
    return 'a row';
  }
}

/** As an ORM gives it: getters, dates, classes in classes, and what belongs nowhere but in the database. */
class Account extends Base {
  readonly passwordHash = 'argon2-of-it';
  readonly profile = new (class Profile {
    readonly name = 'Ann';
    readonly seen = new Date(0);
    shout = () => this.name.toUpperCase();
  })();

  constructor(readonly id: string | number) {
    super();
  }

  get roles() {
    return ['editor'];
  }
}

let given: Person | Account;
let world: FaultApp;

@Controller()
class AccountController {
  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
  ) {}

  @Post('login')
  @HttpCode(200)
  async login(@Req() req: { readonly body: { readonly keep?: string[] } }) {
    await this.sessions.login(given, { keep: req.body.keep ?? [] });
    return { user: this.sessions.user };
  }

  @Post('two-factors')
  @HttpCode(200)
  async begin() {
    await this.sessions.beginLogin(given);
    return { user: this.sessions.pendingLogin?.user };
  }

  @Post('second')
  @HttpCode(200)
  async second() {
    return { user: await this.sessions.completeLogin() };
  }

  @Post('impersonate')
  @HttpCode(200)
  async impersonate() {
    await this.sessions.impersonate(given);
    return { user: this.sessions.user };
  }

  @Post('outside')
  @HttpCode(200)
  outside() {
    return this.registry.update(this.sessions.info.handle, (session) => void (session.user = given));
  }

  @Post('cart')
  @HttpCode(200)
  cart() {
    Object.assign(this.sessions.current, { cart: ['book'] });
    return {};
  }

  @Post('others')
  @HttpCode(200)
  async others() {
    return { ended: await this.registry.revokeOthers() };
  }

  @Get('me')
  me() {
    return { user: this.sessions.user, cart: Reflect.get(this.sessions.current, 'cart') as unknown };
  }
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(() => world.close());

let prefix = 0;
const stores = {
  memory: () => memoryStore(),
  sqlite: () => sqliteStore({ path: ':memory:' }),
  redis: () => redisStore({ url: redis.url, prefix: `users${++prefix}:` }),
  sealed: () =>
    sealedCookie({ password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp', cookieName: 'sid', revocation: memoryRevocation() }),
};
type Store = keyof typeof stores;

const start = async (platform: Platform, store: Store, options: SessionModuleOptions) => {
  world = await startFaultApp(platform, {
    controllers: [AccountController],
    imports: store === 'sealed' ? [] : [SessionDevicesModule.forRoot({ recentLogin: false })],
    options: { store: stores[store](), ...options },
  });
  return world;
};

const signIn = async (user: Person | Account, browser = world.client(), keep: string[] = []) => {
  given = user;
  expect((await browser.post('/login', { keep })).status).toBe(200);
  return browser;
};
const me = async (browser: HttpClient) =>
  (await (await browser.get('/me')).json()) as { user?: Person; cart?: unknown };
const userOf = async (response: Promise<Response>) => ((await (await response).json()) as { user: unknown }).user;

describe.each(platforms.flatMap((platform) => (['memory', 'sealed'] as const).map((store) => ({ platform, store }))))(
  'what is stored of an entity, on $platform with $store',
  ({ platform, store }) => {
    const asPlain = {
      id: 'u1',
      createdAt: '1970-01-01T00:00:00.000Z',
      passwordHash: 'argon2-of-it',
      profile: { name: 'Ann', seen: '1970-01-01T00:00:00.000Z' },
    };
    const toSession = (user: Account) => ({ id: user.id, roles: user.roles, name: user.profile.name, at: new Date(0) });
    const kept = { id: 'u1', roles: ['editor'], name: 'Ann', at: '1970-01-01T00:00:00.000Z' };

    it('by default plain JSON of its own keys, the same in the request of the login and in the next', async () => {
      await start(platform, store, {});
      given = new Account('u1');
      const browser = world.client();
      expect(await userOf(browser.post('/login'))).toEqual(asPlain);
      expect((await me(browser)).user).toEqual(asPlain);
    });

    it('with toSession what that makes of it: no passwordHash is stored, by login, second factor or impersonation', async () => {
      await start(platform, store, { toSession });
      given = new Account('u1');
      const browser = world.client();
      expect(await userOf(browser.post('/login'))).toEqual(kept);
      expect((await me(browser)).user).toEqual(kept);
      given = new Account('u2');
      expect(await userOf(browser.post('/impersonate'))).toEqual({ ...kept, id: 'u2' });
      expect((await me(browser)).user).toEqual({ ...kept, id: 'u2' });
      const other = world.client();
      expect(await userOf(other.post('/two-factors'))).toEqual({ ...kept, id: 'u2' });
      expect(await userOf(other.post('/second'))).toEqual({ ...kept, id: 'u2' });
      expect((await me(other)).user).toEqual({ ...kept, id: 'u2' });
    });

    it('authVersion.load gives an entity too', async () => {
      let version = 1;
      const authVersion = {
        version: () => version,
        whenChanged: 'refresh' as const,
        load: (user: SessionUser) => new Account(user.id),
      };
      await start(platform, store, { toSession, authVersion });
      const browser = await signIn(new Account('u1'));
      version = 2;
      expect((await me(browser)).user).toEqual(kept);
      expect((await me(browser)).user).toEqual(kept);
    });

    it('what toSession gives has to be a user', async () => {
      await start(platform, store, { toSession: (() => Promise.resolve({ id: 1 })) as never });
      given = new Account('u1');
      expect((await world.client().post('/login')).status).toBe(500);
    });

    const listed = store === 'memory' ? [store] : [];
    it.each(listed)('registry.update() stores what is assigned as plain JSON', async () => {
      await start(platform, store, { toSession });
      const browser = await signIn(new Account('u1'));
      expect((await browser.post('/outside')).status).toBe(200);
      expect((await me(browser)).user).toEqual(asPlain);
    });
  },
);

const userKey = (user: Person) => `${user.tenant ?? 'none'}/${user.id}`;
const ofAcme = { id: 7, tenant: 'acme' };
const ofBeta = { id: 7, tenant: 'beta' };

describe.each(
  platforms.flatMap((platform) => Object.keys(stores).map((store) => ({ platform, store: store as Store }))),
)('two tenants with users of one id, on $platform with $store', ({ platform, store }) => {
  it('revokeAll() ends the sessions of the one that was meant', async () => {
    const { app } = await start(platform, store, { userKey });
    const [acme, beta] = [await signIn(ofAcme), await signIn(ofBeta)];
    await app.get(SessionRegistry).revokeAll('acme/7');
    expect((await me(acme)).user).toBeUndefined();
    expect((await me(beta)).user).toEqual(ofBeta);
    expect((await me(await signIn(ofAcme))).user).toEqual(ofAcme);
  });

  it('without userKey they are one user to revokeAll()', async () => {
    const { app } = await start(platform, store, {});
    const [acme, beta] = [await signIn(ofAcme), await signIn(ofBeta)];
    await app.get(SessionRegistry).revokeAll(7);
    expect([(await me(acme)).user, (await me(beta)).user]).toEqual([undefined, undefined]);
  });

  it('a login over the session of the other tenant keeps nothing of it', async () => {
    await start(platform, store, { userKey });
    const browser = await signIn(ofAcme);
    await browser.post('/cart');
    await signIn(ofAcme, browser, ['cart']);
    expect(await me(browser)).toEqual({ user: ofAcme, cart: ['book'] });
    await signIn(ofBeta, browser, ['cart']);
    expect(await me(browser)).toEqual({ user: ofBeta });
  });

  it('who acts as the user of the same id elsewhere is found by either, and ended by either', async () => {
    const { app } = await start(platform, store, { userKey });
    for (const key of ['acme/7', 'beta/7']) {
      const browser = await signIn(ofAcme);
      given = ofBeta;
      expect((await browser.post('/impersonate')).status).toBe(200);
      expect((await me(browser)).user).toEqual(ofBeta);
      await app.get(SessionRegistry).revokeAll(key);
      expect((await me(browser)).user).toBeUndefined();
    }
  });

  it('a userKey that gives no text refuses the login', async () => {
    await start(platform, store, { userKey: ((user: Person) => user.tenant) as never });
    given = { id: 7 };
    expect((await world.client().post('/login')).status).toBe(500);
  });

  const listed = store === 'sealed' ? [] : [store];
  it.each(listed)('limits, lists, devices, update() and revokeOthers() go by userKey, on %s', async () => {
    const { app } = await start(platform, store, { userKey, maxSessionsPerUser: 2 });
    const registry = app.get(SessionRegistry);
    const acme = [await signIn(ofAcme), await signIn(ofAcme)] as const;
    const beta = [await signIn(ofBeta), await signIn(ofBeta)] as const;
    expect(await Promise.all([...acme, ...beta].map(async (one) => (await me(one)).user?.tenant))).toEqual([
      'acme',
      'acme',
      'beta',
      'beta',
    ]);
    expect([await registry.count('acme/7'), await registry.count('beta/7'), await registry.count(7)]).toEqual([
      2, 2, 0,
    ]);
    const { sessions } = (await (await acme[0].get('/sessions')).json()) as { sessions: unknown[] };
    expect(sessions).toHaveLength(2);
    expect(
      await registry.update({ userId: 'beta/7' }, ({ user }) => void Object.assign(user ?? {}, { name: 'B' })),
    ).toBe(2);
    expect([(await me(acme[0])).user?.name, (await me(beta[0])).user?.name]).toEqual([undefined, 'B']);
    expect(await (await beta[0].post('/others')).json()).toEqual({ ended: 1 });
    expect([await registry.count('acme/7'), await registry.count('beta/7')]).toEqual([2, 1]);
    const told = world.events.filter(({ name }) => name === 'revoked');
    expect(told).toEqual([expect.not.objectContaining({ actor: expect.anything() })]);
    await signIn(ofAcme);
    expect((await me(acme[0])).user).toBeUndefined();
    expect((await me(beta[0])).user?.tenant).toBe('beta');
  });
});

describe.each(['memory', 'sealed'] as const)("user ids 1 and '1', on %s", (store) => {
  it('are one user by default', async () => {
    const { app } = await start('express', store, {});
    const [number, text] = [await signIn({ id: 1 }), await signIn({ id: '1' })];
    await app.get(SessionRegistry).revokeAll(1);
    expect([(await me(number)).user, (await me(text)).user]).toEqual([undefined, undefined]);
  });

  it('are two users by a userKey that says so', async () => {
    const { app } = await start('express', store, { userKey: ({ id }) => JSON.stringify(id) });
    const [number, text] = [await signIn({ id: 1 }), await signIn({ id: '1' })];
    await app.get(SessionRegistry).revokeAll('"1"');
    expect([(await me(number)).user, (await me(text)).user]).toEqual([{ id: 1 }, undefined]);
  });
});

describe('a login with a listener on newDevice', () => {
  it('reads at most 20 others, of 400 sessions of the user, and tells with how many it was compared', async () => {
    const store = memoryStore();
    world = await startFaultApp('express', { controllers: [AccountController], options: { store, userKey } });
    for (let n = 0; n < 400; n++) await signIn(ofAcme);
    // The look of the last of them is over.
    await wait(100);
    const reads = vi.spyOn(store, 'read');
    expect(await loginOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe(200);
    await vi.waitFor(() =>
      expect(world.events.at(-1)).toMatchObject({ name: 'newDevice', device: 'Firefox on Windows', others: 20 }),
    );
    expect(reads.mock.calls.length).toBeGreaterThanOrEqual(20);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(22);
  });

  const loginOf = async (agent: string) => {
    given = ofAcme;
    return (await world.client().post('/login', {}, { 'user-agent': agent })).status;
  };
});
