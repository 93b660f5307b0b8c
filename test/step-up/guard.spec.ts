import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequireAal, SessionService, StepUpGuard, type AssuranceLevel } from 'nest-session';
import { platforms } from '../support/nest-app.js';
import { statusOf } from '../support/step-up-state.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  login() {
    return this.sessions.login({ id: 'u1' });
  }

  @Post('login3')
  login3() {
    return this.sessions.login({ id: 'u1' }, { aal: 3 });
  }

  @RequireAal(2)
  @Get('unguarded')
  unguarded() {
    return {};
  }

  @UseGuards(StepUpGuard)
  @RequireAal(2)
  @Get('guarded')
  guarded() {
    return {};
  }
}

@UseGuards(StepUpGuard)
@RequireAal(3)
@Controller('strict')
class StrictController {
  @Get()
  strict() {
    return {};
  }

  @RequireAal(1)
  @Get('open')
  open() {
    return {};
  }
}

describe.each(platforms)('StepUpGuard on a route, %s', (platform) => {
  let app: TestApp;
  beforeAll(async () => {
    const setup = { controllers: [LoginController, StrictController], guards: [] };
    app = await startTestApp(platform, { lazy: true }, setup);
  });
  afterAll(() => app.close());

  const statuses = async (aal?: AssuranceLevel) => {
    const client = app.client();
    if (aal) await client.post(aal === 3 ? '/login3' : '/login');
    const paths = ['/unguarded', '/guarded', '/strict', '/strict/open'];
    return Promise.all(paths.map((path) => statusOf(client.get(path))));
  };

  it('works without AuthGuard, loads a lazy session, and lets a handler ask for something else than its controller', async () => {
    expect(await statuses()).toEqual([200, 401, 401, 401]);
    expect(await statuses(1)).toEqual([200, 403, 403, 200]);
    expect(await statuses(3)).toEqual([200, 200, 200, 200]);
  });
});
