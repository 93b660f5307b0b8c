import { Controller, Get, Post, UseGuards, type ExecutionContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuthGuard,
  Public,
  Roles,
  RolesGuard,
  SessionService,
  type SessionObject,
  type SessionUser,
} from 'nest-session';
import { requestOf } from '../../libs/session/src/http/request/request-of.js';
import type { HttpClient } from '../support/http-client.js';
import { platforms } from '../support/nest-app.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** An application that keeps its user elsewhere, as Passport does. */
class PassportGuard extends AuthGuard {
  protected override getUser(session: SessionObject & { passport?: { user?: string } }): SessionUser | undefined {
    return session.passport?.user === undefined ? undefined : { id: session.passport.user };
  }
}

@Public()
@UseGuards(AuthGuard, RolesGuard)
@Controller()
class GuardedController {
  constructor(private readonly sessions: SessionService) {}

  @Get('open')
  open() {
    return {};
  }

  @Public(false)
  @Get('closed')
  closed() {
    return {};
  }

  @Roles('admin', 'owner')
  @Get('roles')
  roles() {
    return {};
  }

  @Post('enter')
  async enter() {
    await this.sessions.login({ id: 'u1', roles: ['owner'] });
    return {};
  }
}

@UseGuards(PassportGuard)
@Controller('passport')
class PassportController {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post()
  enter() {
    Object.assign(this.sessions.current, { passport: { user: 'u1' } });
    return {};
  }

  @Get()
  closed() {
    return {};
  }
}

describe.each(platforms)('guards, %s', (platform) => {
  let app: TestApp;
  const status = async (client: HttpClient, path: string) => (await client.get(path)).status;

  beforeAll(async () => {
    app = await startTestApp(platform, {}, { controllers: [GuardedController, PassportController], guards: [] });
  });
  afterAll(() => app.close());

  it('let a handler close what its controller has opened', async () => {
    const client = app.client();
    expect([await status(client, '/open'), await status(client, '/closed')]).toEqual([200, 401]);
    await client.post('/enter');
    expect(await status(client, '/closed')).toBe(200);
  });

  it('ask for one of the roles, and for a user first', async () => {
    const client = app.client();
    expect(await status(client, '/roles')).toBe(401);
    await client.post('/enter');
    expect(await status(client, '/roles')).toBe(200);
  });

  it('find the user where a subclass says', async () => {
    const client = app.client();
    expect(await status(client, '/passport')).toBe(401);
    await client.post('/passport');
    const answer = await client.get('/passport');
    expect(answer.status).toBe(200);
    // A user whom nothing but this guard knows.
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(await status(client, '/closed')).toBe(401);
  });
});

describe('the request of a GraphQL resolver', () => {
  const context = (args: unknown[]) =>
    ({ getType: () => 'graphql', getArgByIndex: (index: number) => args[index] }) as unknown as ExecutionContext;

  it('is the one that its context holds as req', () => {
    const req = {};
    expect(requestOf(context([undefined, undefined, { req }]))).toBe(req);
    expect(requestOf(context([]))).toBeUndefined();
  });
});
