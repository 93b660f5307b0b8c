import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { AuthGuard, RolesGuard, SessionRegistry, SessionService, SessionEvents } from 'nest-session';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

@Controller()
class GrowingController {
  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
  ) {}

  @Post('grow')
  @HttpCode(200)
  grow(@Query('bytes') bytes: string) {
    Object.assign(this.sessions.current, { text: 'x'.repeat(Number(bytes)) });
    return {};
  }

  @Post('update')
  @HttpCode(200)
  async update(@Query('bytes') bytes: string) {
    await this.sessions.update((values) => void (values['text'] = 'x'.repeat(Number(bytes))));
    return {};
  }

  @Post('login')
  @HttpCode(200)
  login(@Query('bytes') bytes = '1') {
    const user = { id: 'u1', text: 'x'.repeat(Number(bytes)) };
    return this.sessions.login(user);
  }

  @Post('regenerate')
  @HttpCode(200)
  regenerate(@Query('bytes') bytes: string) {
    Object.assign(this.sessions.current, { text: 'x'.repeat(Number(bytes)) });
    return this.sessions.regenerate();
  }

  @Post('other')
  @HttpCode(200)
  other(@Query('bytes') bytes: string) {
    const user = { id: 'u2', text: 'x'.repeat(Number(bytes)) };
    return this.sessions.login(user);
  }

  @Post('registry')
  @HttpCode(200)
  async fromOutside(@Query('bytes') bytes: string) {
    await this.registry.update(
      this.sessions.info.handle,
      (values) => void (values['text'] = 'x'.repeat(Number(bytes))),
    );
    return {};
  }

  @Get('me')
  me() {
    return { id: this.sessions.user?.id };
  }
}

describe.each(platforms)('what strangers cost, on %s', (platform) => {
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp(platform, { controllers: [GrowingController] });
  });
  afterAll(() => world.close());

  it.each(['grow', 'update', 'login', 'regenerate', 'other', 'registry'])(
    'a session does not grow beyond 64 kB: %s is 413, and nothing is lost',
    async (how) => {
      const browser = world.client();
      await browser.post('/login');
      expect((await browser.post(`/${how}?bytes=60000`)).status).toBe(200);
      const before = await (await browser.get('/me')).json();
      expect(before).toEqual({ id: how === 'other' ? 'u2' : 'u1' });
      if (how === 'other') await browser.post('/login');
      expect((await browser.post(`/${how}?bytes=70000`)).status).toBe(413);
      expect(await (await browser.get('/me')).json()).toEqual({ id: 'u1' });
    },
  );

  it('forged cookies are two events a minute, with their number and where they come from', async () => {
    const events = world.app.get(SessionEvents);
    const told: unknown[] = [];
    const remove = events.on('invalid', ({ reason, source, count }) =>
      told.push({ reason, source, ...(count !== undefined && { count }) }),
    );
    for (let n = 0; n < 30; n++) await world.client().get('/me', { cookie: `sid=s2%3Aforged${n}.forged` });
    events.close();
    remove();
    const source = { ip: '127.0.0.1' };
    expect(told).toEqual([
      { reason: 'signature', source },
      { reason: 'signature', source, count: 29 },
    ]);
  });
});

describe('guards in front of messages', () => {
  const contextOf = (type: string, ...args: unknown[]) => {
    const context = new ExecutionContextHost(args, GrowingController, () => undefined);
    context.setType(type);
    return context;
  };

  it('an RPC message with 20,000 nested "raw" is refused as any other', async () => {
    let message: object = {};
    for (let depth = 0; depth < 20_000; depth++) message = { raw: message };
    await expect(new AuthGuard().canActivate(contextOf('rpc', message))).rejects.toMatchObject({ status: 401 });
  });

  it('a socket without a session cannot fill the log, which tells what to do', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const guard = new AuthGuard();
    for (let n = 0; n < 100; n++)
      await expect(guard.canActivate(contextOf('ws', {}, {}))).rejects.toMatchObject({ status: 401 });
    expect(error.mock.calls).toEqual([[expect.stringMatching(/'ws' context.*override getRequest\(\)/)]]);
    error.mockRestore();
    expect(RolesGuard.name).toBe('RolesGuard');
  });
});
