import { Controller, Get, VersioningType } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryStore, NoSession, SessionService } from 'nest-session';
import type { HttpClient } from '../support/http-client.js';
import { platforms } from '../support/nest-app.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

@NoSession()
@Controller({ path: 'health', version: ['1', '2'] })
class HealthController {
  constructor(private readonly sessions: SessionService) {}

  @Get()
  check() {
    return {};
  }

  @Get('parts/:part')
  part() {
    return {};
  }

  @Get('asks')
  async asks() {
    return { user: (await this.sessions.load()).user };
  }
}

@Controller({ path: 'health-of-users', version: '1' })
class OtherController {
  constructor(private readonly sessions: SessionService) {}

  @Get()
  check() {
    return { user: this.sessions.user };
  }

  @Get('enter')
  async enter() {
    await this.sessions.login({ id: 'u1' }, { allowSafeMethod: true });
    return {};
  }
}

describe.each(platforms)('@NoSession() behind a prefix and versions, %s', (platform) => {
  const store = memoryStore();
  const read = vi.spyOn(store, 'read');
  let app: TestApp;
  let client: HttpClient;

  beforeAll(async () => {
    app = await startTestApp(
      platform,
      { store },
      {
        controllers: [HealthController, OtherController],
        guards: [],
        prepare(it) {
          it.setGlobalPrefix('api');
          it.enableVersioning({ type: VersioningType.URI });
        },
      },
    );
    client = app.client();
    await client.get('/api/v1/health-of-users/enter');
  });
  beforeEach(() => void read.mockClear());
  afterAll(() => app.close());

  it.each(['/api/v1/health', '/api/v2/health?deep=1', '/api/v1/health/parts/db'])(
    'reads nothing for %s',
    async (path) => {
      for (const method of ['GET', 'HEAD']) expect((await client.request(method, path)).status).toBe(200);
      expect(read).not.toHaveBeenCalled();
    },
  );

  it('reads when the handler asks', async () => {
    expect(await (await client.get('/api/v1/health/asks')).json()).toEqual({ user: { id: 'u1' } });
    expect(read).toHaveBeenCalledOnce();
  });

  it('reads for a route whose path only begins like one', async () => {
    expect(await (await client.get('/api/v1/health-of-users')).json()).toEqual({ user: { id: 'u1' } });
    expect(read).toHaveBeenCalledOnce();
  });
});
