import { Controller, Get, Header, HttpCode, Post, Req, UseGuards, type ExecutionContext } from '@nestjs/common';
import {
  CurrentUser,
  RequireRecentLogin,
  Roles,
  RolesGuard,
  Session,
  SessionService,
  StepUpGuard,
  type SessionObject,
} from 'nest-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../support/nest-app.js';
import { startFaultApp, type FaultApp } from './fault-app.js';

/** As GraphQL and others see a request: their context is not 'http'. */
class ResolverGuard extends RolesGuard {
  override canActivate(context: ExecutionContext): Promise<boolean> {
    const req = context.switchToHttp().getRequest<object>();
    return super.canActivate(
      Object.assign(Object.create(context) as ExecutionContext, {
        getType: () => 'graphql',
        getArgByIndex: () => ({ req }),
      }),
    );
  }
}

@Controller()
class CachesController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  login() {
    return this.sessions.login({ id: 'u1', roles: ['admin'] });
  }

  @Post('visit')
  @HttpCode(200)
  visit(@Session() session: Record<string, unknown>) {
    session['cart'] = 1;
    return {};
  }

  @Get('cart')
  cart(@Session('cart') cart: unknown) {
    return { cart };
  }

  @Get('express-way')
  expressWay(@Req() req: { session?: Record<string, unknown> }) {
    return { cart: req.session?.['cart'] };
  }

  @Get('service')
  service() {
    return { id: this.sessions.user?.id };
  }

  @Get('whom')
  whom(@CurrentUser() user: unknown) {
    return { user };
  }

  @Roles('admin')
  @UseGuards(RolesGuard)
  @Get('roles')
  roles() {
    return {};
  }

  @RequireRecentLogin('10m')
  @UseGuards(StepUpGuard)
  @Get('step-up')
  stepUp() {
    return {};
  }

  @Roles('admin')
  @UseGuards(ResolverGuard)
  @Get('resolver')
  resolver() {
    return {};
  }

  @Header('Cache-Control', 'private, max-age=60')
  @Get('own')
  own(@Session() session: SessionObject) {
    return { id: session.user?.id };
  }

  @Get('plain')
  plain() {
    return {};
  }
}

const LOOKING = ['/cart', '/express-way', '/service', '/whom', '/roles', '/step-up', '/resolver'];

describe.each(platforms)('caches between the application and its users, on %s', (platform) => {
  let world: FaultApp;
  beforeAll(async () => {
    world = await startFaultApp(platform, { controllers: [CachesController] });
  });
  afterAll(() => world.close());

  const headersOf = async ({ headers }: Response) => [headers.get('vary'), headers.get('cache-control')];

  it.each(LOOKING)('keep the answer of %s to one user from all others', async (path) => {
    const browser = world.client();
    await browser.post('/login');
    const answer = await browser.get(path);
    expect(answer.status).toBe(200);
    expect(await headersOf(answer)).toEqual([expect.stringContaining('Cookie'), 'private, no-store']);
  });

  it.each(['/cart', '/express-way', '/service', '/whom'])(
    'tell the answers of %s to two visitors apart, and need not forget them',
    async (path) => {
      const visitor = world.client();
      expect(await headersOf(await visitor.get(path))).toEqual([expect.stringContaining('Cookie'), null]);
      await visitor.post('/visit');
      expect(await headersOf(await visitor.get(path))).toEqual([expect.stringContaining('Cookie'), null]);
    },
  );

  it('may keep what does not depend on the session', async () => {
    const browser = world.client();
    await browser.post('/login');
    expect(await headersOf(await browser.get('/plain'))).toEqual([null, null]);
  });

  it('do what the handler says of them', async () => {
    const browser = world.client();
    await browser.post('/login');
    expect(await headersOf(await browser.get('/own'))).toEqual([
      expect.stringContaining('Cookie'),
      'private, max-age=60',
    ]);
  });
});
