import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { AuthGuard, Public, SessionRegistry, SessionService } from 'nest-session';
import { SessionDevicesModule } from 'nest-session/devices';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

@Public()
@Controller('base')
class BaseController {
  @Get('inherited')
  inherited() {
    return {};
  }

  @Public()
  @Get('opened')
  opened() {
    return {};
  }
}

@Controller('derived')
class DerivedController extends BaseController {
  @Get('own')
  own() {
    return {};
  }
}

@Public(false)
@Controller('closed')
class ClosedController extends BaseController {}

@Public()
@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  login() {
    return this.sessions.login({ id: 'staff', roles: ['admin'] });
  }

  @Post('act-as')
  @HttpCode(200)
  actAs() {
    return this.sessions.impersonate({ id: 'customer' });
  }

  @Post('customer')
  @HttpCode(200)
  customer() {
    return this.sessions.login({ id: 'customer' });
  }
}

describe.each(platforms)('doors that stand open by themselves, on %s', (platform) => {
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp(platform, {
      controllers: [BaseController, DerivedController, ClosedController, LoginController],
      imports: [SessionDevicesModule.forRoot({ recentLogin: false, admin: { roles: ['admin'] } })],
      prepare: (app) => app.useGlobalGuards(new AuthGuard()),
    });
  });
  afterAll(() => world.close());

  it.each([
    ['/base/inherited', 200],
    ['/base/opened', 200],
    ['/derived/inherited', 401],
    ['/derived/own', 401],
    ['/derived/opened', 200],
    ['/closed/inherited', 401],
  ])('@Public() on a base class opens that class and no other: %s is %d to a stranger', async (path, status) => {
    expect((await world.client().get(path)).status).toBe(status);
  });

  it('an actor who acts as a customer cannot end the sessions of the customer', async () => {
    const customer = world.client();
    await customer.post('/customer');
    const staff = world.client();
    await staff.post('/login');
    await staff.post('/act-as');
    const { sessions } = (await (await staff.get('/sessions')).json()) as {
      sessions: { handle: string; current: boolean }[];
    };
    const other = sessions.find(({ current }) => !current);
    expect((await staff.delete(`/sessions/${other?.handle}`)).status).toBe(403);
    expect((await staff.delete('/sessions')).status).toBe(403);
    expect((await customer.get('/derived/own')).status).toBe(200);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['another origin, in a browser without Fetch Metadata', { origin: 'https://evil.example' }],
  ])('a page of %s cannot end sessions', async (_who, headers) => {
    const browser = world.client();
    await browser.post('/login');
    for (const path of ['/sessions', '/sessions/x', '/admin/sessions/customer', '/admin/sessions/customer/x'])
      expect([path, (await browser.delete(path, headers)).status]).toEqual([path, 403]);
    expect(await world.app.get(SessionRegistry).list('staff')).not.toEqual([]);
  });

  it('a page of this site, or a program, can', async () => {
    const browser = world.client();
    await browser.post('/login');
    expect((await browser.delete('/sessions', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await browser.delete('/admin/sessions/customer')).status).toBe(200);
  });
});
