import {
  Catch,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Logger,
  Module,
  Post,
  RequestMethod,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import expressSession from 'express-session';
import { memoryStore, NoSession, Session, SessionService, type SessionObject } from 'nest-session';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

/** As in many applications: it names the user in what it answers, and asks nobody whether there is a session. */
@Catch()
class NamingFilter implements ExceptionFilter {
  constructor(private readonly sessions: () => SessionService) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ session: { user?: { id: string } } }>();
    const reply = http.getResponse<{ status(code: number): { send(body: unknown): unknown } }>();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    const user = request.session.user?.id;
    reply.status(status).send({ user, service: this.sessions().user?.id });
  }
}

@Controller()
class OrderController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  login() {
    return this.sessions.login({ id: 'u1' });
  }

  @Post('echo')
  @HttpCode(200)
  echo() {
    return { user: this.sessions.user?.id };
  }

  @Get('me')
  me(@Session() session: SessionObject) {
    return { user: session.user?.id };
  }
}

describe.each(platforms)('errors of the body parser, on %s', (platform) => {
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp(platform, {
      controllers: [OrderController],
      prepare: (app) => app.useGlobalFilters(new NamingFilter(() => app.get(SessionService))),
    });
  });
  afterAll(() => world.close());

  it.each([
    ['broken JSON', '{"a":', 'application/json', 400],
    ['too much', `"${'x'.repeat(2_000_000)}"`, 'application/json', 413],
  ])(
    'reach filters with the session: %s of somebody signed in and of a stranger',
    async (_what, body, type, status) => {
      const browser = world.client();
      await browser.post('/login');
      const send = (client: typeof browser) =>
        client.request('POST', '/echo', { body, headers: { 'content-type': type } });
      const known = await send(browser);
      expect([known.status, await known.json()]).toEqual([status, { user: 'u1', service: 'u1' }]);
      const stranger = await send(world.client());
      expect([stranger.status, await stranger.json()]).toEqual([status, {}]);
    },
  );

  it('do not cost handlers their session', async () => {
    const browser = world.client();
    await browser.post('/login');
    expect(await (await browser.post('/echo', { a: 1 })).json()).toEqual({ user: 'u1' });
    expect(await (await browser.submit('/echo', { a: '1' })).json()).toEqual({ user: 'u1' });
  });
});

describe('express-session left in main.ts', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp('express', {
      controllers: [OrderController],
      prepare: (app) =>
        app.use(expressSession({ secret: 'x', resave: false, saveUninitialized: false, rolling: true })),
    });
  });
  afterAll(async () => {
    warn.mockRestore();
    await world.close();
  });

  it('gives readers no cookie and a login one, is warned of once, and costs no user the session', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const browser = world.client();
    expect((await browser.get('/me')).headers.getSetCookie()).toEqual([]);
    const login = await browser.post('/login');
    expect(login.status).toBe(200);
    expect(login.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=/)]);
    const me = await browser.get('/me');
    expect([await me.json(), me.headers.getSetCookie()]).toEqual([{ user: 'u1' }, []]);
    expect(error).not.toHaveBeenCalled();
    const about = warn.mock.calls.filter(([text]) => String(text).startsWith('express-session runs before'));
    expect(about).toHaveLength(1);
    error.mockRestore();
  });
});

@NoSession()
@Controller()
class HealthController {
  @Get('health')
  health() {
    return {};
  }

  @Get('excluded')
  excluded() {
    return {};
  }

  @Get('files/*')
  files() {
    return {};
  }
}

@Controller()
class PagesController {
  @Get('*')
  everything(@Session() session: SessionObject) {
    return { user: session.user?.id };
  }
}

@Module({ controllers: [HealthController] })
class HealthModule {}

describe.each(platforms)('routes with @NoSession() behind prefixes, on %s', (platform) => {
  const store = memoryStore();
  const read = vi.spyOn(store, 'read');
  let world: FaultApp;
  let browser: ReturnType<FaultApp['client']>;

  beforeAll(async () => {
    world = await startFaultApp(platform, {
      options: { store },
      controllers: [OrderController],
      imports: [HealthModule, RouterModule.register([{ path: 'ops', module: HealthModule }])],
      prepare: (app) => app.setGlobalPrefix('api', { exclude: [{ path: 'ops/excluded', method: RequestMethod.GET }] }),
    });
    browser = world.client();
    await browser.post('/api/login');
    // After a login it is looked whether the device is a new one.
    await browser.get('/api/me');
  });
  beforeEach(() => void read.mockClear());
  afterAll(() => world.close());

  const free = ['/api/ops/health', '/ops/excluded', '/api/ops/files/a/b.txt'];
  // Fastify's router tells capitals apart: there they are another route.
  it.each(platform === 'express' ? [...free, '/API/OPS/HEALTH'] : free)('ask the store nothing: %s', async (path) => {
    expect([path, (await browser.get(path)).status]).toEqual([path, 200]);
    expect(read).not.toHaveBeenCalled();
  });

  it.each(['/api/me'])('leave the others alone: %s', async (path) => {
    expect(await (await browser.get(path)).json()).toEqual({ user: 'u1' });
    expect(read).toHaveBeenCalledOnce();
  });
});

describe.each(platforms)('routes with @NoSession() beside one that takes everything, on %s', (platform) => {
  const store = memoryStore();
  const read = vi.spyOn(store, 'read');
  afterEach(() => void read.mockClear());

  it.each([
    ['before it', [OrderController, HealthController, PagesController], true],
    // Express takes the first that fits.
    ['after it', [OrderController, PagesController, HealthController], platform === 'fastify'],
  ])('are those that the router chooses: %s', async (_where, controllers, chosen) => {
    const world = await startFaultApp(platform, { options: { store }, controllers });
    const browser = world.client();
    await browser.post('/login');
    // After a login it is looked whether the device is a new one.
    await browser.get('/anything');
    read.mockClear();
    expect(await (await browser.get('/health')).json()).toEqual(chosen ? {} : { user: 'u1' });
    expect(read).toHaveBeenCalledTimes(chosen ? 0 : 1);
    expect(await (await browser.get('/anything')).json()).toEqual({ user: 'u1' });
    await world.close();
  });
});
