import {
  Catch,
  Controller,
  Get,
  HttpException,
  Inject,
  Module,
  Post,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AuthGuard,
  CurrentUser,
  isSessionError,
  memoryStore,
  Roles,
  RolesGuard,
  Session,
  SessionError,
  SessionException,
  SessionModule,
  SessionRegistry,
  SessionService,
  SessionStoreError,
  type SessionObject,
} from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import { ControlledStore } from '../support/controlled-store.js';
import { HttpClient } from '../support/http-client.js';
import { platforms, startApp, type ListeningApp } from '../support/nest-app.js';

const NAME = 'name-of-another-one-';

type Request = { session: SessionObject } | { raw: { session: SessionObject } };

/** What a `catch` in the application sees. */
interface Seen {
  readonly http: boolean;
  readonly ours: boolean;
  readonly code: string;
  readonly status: number;
  readonly cause: boolean;
}

function look(error: unknown): Seen {
  if (!isSessionError(error)) throw error;
  return {
    http: error instanceof HttpException,
    ours: error instanceof SessionException,
    code: error.code,
    status: error instanceof HttpException ? error.getStatus() : 0,
    cause: error.cause instanceof SessionError,
  };
}

async function caught(operation: () => unknown): Promise<Seen | undefined> {
  try {
    await operation();
    return undefined;
  } catch (error) {
    return look(error);
  }
}

let filtered: unknown[] = [];

@Catch(SessionException)
class Remember implements ExceptionFilter<SessionException> {
  catch(exception: SessionException, host: ArgumentsHost): void {
    filtered.push(look(exception));
    const response = host.switchToHttp().getResponse<{
      status(code: number): { send(body: unknown): void };
    }>();
    response.status(exception.getStatus()).send({ by: 'filter', code: exception.code });
  }
}

@Controller()
class ErrorsController {
  constructor(
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(SessionRegistry) private readonly registry: SessionRegistry,
  ) {}

  @Post('login')
  login() {
    return this.sessions.login({ id: 'u1', roles: [] });
  }

  @Post('gone')
  async gone() {
    const session = this.sessions.current;
    await this.sessions.destroy();
    const withCallback = new Promise<void>((resolve, reject) =>
      session.save((error) => (error instanceof Error ? reject(error) : resolve())),
    );
    return {
      current: await caught(() => this.sessions.current),
      info: await caught(() => this.sessions.info),
      save: await caught(() => session.save()),
      callback: await caught(() => withCallback),
      update: await caught(() => this.sessions.update(() => 1)),
      flash: await caught(() => this.sessions.flash('info', 'Saved.')),
      pending: await caught(() => this.sessions.completeLogin()),
    };
  }

  @Post('refused')
  async refused() {
    return {
      reauthenticate: await caught(() => this.sessions.reauthenticate()),
      impersonate: await caught(() => this.sessions.impersonate({ id: 'u2' })),
      pending: await caught(() => this.sessions.completeLogin()),
    };
  }

  @Post('down')
  async down(@Req() request: Request) {
    const raw = 'raw' in request ? request.raw : request;
    return {
      current: await caught(() => this.sessions.current),
      user: await caught(() => this.sessions.user),
      property: await caught(() => raw.session),
      login: await caught(() => this.sessions.login({ id: 'u1' })),
      update: await caught(() => this.sessions.update(() => 1)),
    };
  }

  @Post('registry')
  async all() {
    return {
      list: await caught(() => this.registry.list('u1')),
      revoke: await caught(() => this.registry.revoke(NAME)),
      revokeAll: await caught(() => this.registry.revokeAll('u1')),
    };
  }

  @Get('parameter')
  parameter(@Session() session: SessionObject) {
    return session;
  }

  @Get('user')
  @UseFilters(Remember)
  user(@CurrentUser() user: unknown) {
    return { user };
  }

  @Get('guarded')
  @UseGuards(AuthGuard)
  @UseFilters(Remember)
  guarded() {
    return 'in';
  }

  @Get('roles')
  @UseGuards(RolesGuard)
  @Roles('admin')
  roles() {
    return 'in';
  }

  @Post('mistake')
  async mistake() {
    try {
      return await this.sessions.update((() => Promise.resolve(1)) as unknown as () => number);
    } catch (error) {
      if (error instanceof HttpException) return { http: true };
      throw error;
    }
  }
}

describe.each(platforms)('errors on %s', (platform) => {
  let running: ListeningApp;
  let store: ControlledStore;
  afterEach(() => running.app.close());

  async function start(given?: SessionStore): Promise<HttpClient> {
    filtered = [];
    store = new ControlledStore();

    @Module({
      imports: [SessionModule.forRoot({ secret: 'a secret of at least 32 characters', store: given ?? store })],
      controllers: [ErrorsController],
    })
    class AppModule {}

    running = await startApp(platform, AppModule);
    return new HttpClient(running.url);
  }

  const ask = async (client: HttpClient, method: string, path: string) => {
    const response = await client.request(method, path);
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) as Record<string, unknown>, response };
  };
  const seen = (code: string, status: number): Seen => ({ http: true, ours: true, code, status, cause: true });

  it('are HttpExceptions with a code where a session is over', async () => {
    const client = await start();
    await client.request('POST', '/login');
    const { body } = await ask(client, 'POST', '/gone');
    const { pending, ...gone } = body;
    for (const [name, it] of Object.entries(gone)) expect([name, it]).toEqual([name, seen('SESSION_GONE', 401)]);
    expect(pending).toMatchObject({ http: true, ours: true, status: 401 });
  });

  it('are HttpExceptions where a user is needed', async () => {
    const client = await start();
    const { body } = await ask(client, 'POST', '/refused');
    expect(body).toEqual({
      reauthenticate: seen('SIGN_IN_REQUIRED', 401),
      impersonate: seen('SIGN_IN_REQUIRED', 401),
      pending: seen('SESSION_LOGIN_NOT_PENDING', 401),
    });
  });

  it('are HttpExceptions while the store is down, and the answer is 503 with Retry-After', async () => {
    const client = await start();
    await client.request('POST', '/login');
    store.fail();
    const { body } = await ask(client, 'POST', '/down');
    for (const [name, it] of Object.entries(body))
      expect([name, it]).toEqual([name, seen('SESSION_STORE_UNAVAILABLE', 503)]);
    const shaped = {
      statusCode: 503,
      message: 'The session store is not available. Try again in a moment.',
      error: 'Service Unavailable',
      code: 'SESSION_STORE_UNAVAILABLE',
    };
    const parameter = await ask(client, 'GET', '/parameter');
    expect([parameter.status, parameter.body]).toEqual([503, shaped]);
    expect(parameter.response.headers.get('retry-after')).toBe('1');
    const user = await ask(client, 'GET', '/user');
    expect([user.status, user.body]).toEqual([503, { by: 'filter', code: 'SESSION_STORE_UNAVAILABLE' }]);
    expect(user.response.headers.get('retry-after')).toBe('1');
    expect(filtered).toEqual([seen('SESSION_STORE_UNAVAILABLE', 503)]);
  });

  it('are HttpExceptions of the registry while the index is down', async () => {
    const indexed = memoryStore();
    const down = () => Promise.reject(new SessionStoreError('The index is down.'));
    Object.assign(indexed.index, { members: down, revokeBefore: down });
    const client = await start(indexed);
    // A session is ended by its name, without the index.
    const read = indexed.read.bind(indexed);
    Object.assign(indexed, { read: (key: string) => (key === NAME ? down() : read(key)) });
    const { body } = await ask(client, 'POST', '/registry');
    const unavailable = seen('SESSION_STORE_UNAVAILABLE', 503);
    expect(body).toEqual({ list: unavailable, revoke: unavailable, revokeAll: unavailable });
  });

  it('come from guards as they come from services', async () => {
    const client = await start();
    const guarded = await ask(client, 'GET', '/guarded');
    expect([guarded.status, guarded.body]).toEqual([401, { by: 'filter', code: 'SIGN_IN_REQUIRED' }]);
    expect(filtered).toEqual([seen('SIGN_IN_REQUIRED', 401)]);
    await client.request('POST', '/login');
    const roles = await ask(client, 'GET', '/roles');
    expect(roles.body).toEqual({
      statusCode: 403,
      message: 'You do not have the role that this needs.',
      error: 'Forbidden',
      code: 'SESSION_ROLE_REQUIRED',
    });
  });

  it('stay what they are where the application is wrong: 500 without a word of it', async () => {
    const client = await start();
    await client.request('POST', '/login');
    const { status, body } = await ask(client, 'POST', '/mistake');
    expect([status, body]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
    const registry = await ask(client, 'POST', '/registry');
    expect(registry.body).toMatchObject({ list: { http: false, code: 'SESSION_NEEDS_INDEX' } });
  });
});
