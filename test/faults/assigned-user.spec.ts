import { Body, Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import {
  AuthGuard,
  CurrentUser,
  memoryStore,
  Public,
  RolesGuard,
  Roles,
  Session,
  SessionMiddleware,
  SessionService,
} from 'nest-session';
import type { SessionObject, SessionUser } from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms, type Platform } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

const ADMIN = { id: 'admin', roles: ['admin'] };

/** Middleware that copies what a client sends into the session, before any guard. */
const assignBefore = (req: { headers: Record<string, unknown>; session?: object }, _res: unknown, next: () => void) => {
  const values = req.headers['x-assign'];
  if (typeof values === 'string' && req.session) Object.assign(req.session, JSON.parse(values));
  next();
};

@Controller()
@UseGuards(AuthGuard)
class AccountController {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  @HttpCode(204)
  login(): Promise<void> {
    return this.sessions.login({ id: 'u1', roles: ['reader'] }, { keep: ['cart'] });
  }

  @Public()
  @Post('assign')
  assign(@Session() session: SessionObject, @Body() body: object): object {
    Object.assign(session, body);
    return {};
  }

  @Public()
  @Post('deeper')
  @HttpCode(204)
  deeper(@Session() session: SessionObject): void {
    (session.user as { roles?: string[] } | undefined)?.roles?.push('admin');
  }

  @Public()
  @Post('rotate')
  async rotate(@Session() session: SessionObject, @Body() body: object): Promise<object> {
    Object.assign(session, body);
    await this.sessions.regenerate();
    return {};
  }

  @Public()
  @Post('update')
  async update(@Session() session: SessionObject, @Body() body: object): Promise<object> {
    Object.assign(session, body);
    await this.sessions.update((values) => void (values['seen'] = true));
    return {};
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser): object {
    return user;
  }

  @Public()
  @Get('values')
  values(@Req() { session }: { session: Record<string, unknown> }): object {
    return { user: session['user'] ?? null, cart: session['cart'] ?? null };
  }

  @UseGuards(RolesGuard)
  @Roles('admin')
  @Get('admin')
  admin(): object {
    return {};
  }

  @Public()
  @Get('hello')
  hello(@CurrentUser() user: SessionUser | undefined): object {
    return { user: user?.id ?? null };
  }
}

const ENGINES = {
  server: () => memoryStore(),
  sealed: () => sealedCookie({ password: 'a password of at least 32 characters', revocation: memoryRevocation() }),
};

describe.each(
  platforms.flatMap((platform) => (['server', 'sealed'] as const).map((engine) => [platform, engine] as const)),
)('a user that was not signed in by a login, on %s, %s', (platform: Platform, engine) => {
  let world: FaultApp;
  const post = (client: ReturnType<FaultApp['client']>, path: string, body: object = {}) => client.post(path, body);
  beforeAll(async () => {
    world = await startFaultApp(platform, {
      options: { store: ENGINES[engine]() },
      controllers: [AccountController],
      prepare: (app) => app.use(app.get(SessionMiddleware).use).use(assignBefore),
    });
  });
  afterAll(() => world.close());

  it.each([
    ['an anonymous visitor', false],
    ['a signed-in user', true],
  ])('signs no user in, when %s sends it in a body that is copied into the session', async (_who, signedIn) => {
    const client = world.client();
    if (signedIn) await post(client, '/login');
    const before = await (await client.get('/values')).json();
    const paths = engine === 'sealed' ? ['/assign', '/rotate'] : ['/assign', '/rotate', '/update'];
    for (const path of paths)
      expect([path, (await post(client, path, { user: ADMIN, cart: ['x'] })).status]).toEqual([path, 500]);
    expect(await (await client.get('/values')).json()).toEqual(before);
    expect((await client.get('/admin')).status).toBe(signedIn ? 403 : 401);
    // What does not touch the user is saved as ever.
    expect((await post(client, '/assign', { cart: ['tea'] })).status).toBe(201);
    expect(await (await client.get('/values')).json()).toMatchObject({ cart: ['tea'] });
  });

  it('keeps its roles, when they are changed in place', async () => {
    const client = world.client();
    await post(client, '/login');
    expect((await post(client, '/deeper')).status).toBe(500);
    expect(await (await client.get('/me')).json()).toEqual({ id: 'u1', roles: ['reader'] });
  });

  it.each([null, undefined, { id: 'u1', roles: ['reader'], theme: 'dark' }])(
    'is not changed or taken away by an assignment: %j',
    async (user) => {
      const client = world.client();
      await post(client, '/login');
      const answer = await post(client, '/assign', { user: user ?? null });
      expect(answer.status).toBe(500);
      expect((await client.get('/me')).status).toBe(200);
    },
  );

  it('may be assigned as it is', async () => {
    const client = world.client();
    await post(client, '/login');
    expect((await post(client, '/assign', { user: { id: 'u1', roles: ['reader'] } })).status).toBe(201);
  });

  it('passes no guard of the request that assigns it', async () => {
    const assigned = { 'x-assign': JSON.stringify({ user: ADMIN }) };
    const client = world.client();
    await post(client, '/login');
    for (const path of ['/me', '/admin', '/hello']) {
      const { status } = await client.get(path, assigned);
      expect([path, status]).toEqual([path, 500]);
    }
    expect((await client.get('/admin')).status).toBe(403);
  });
});
