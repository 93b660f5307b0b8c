// A Nest application with nest-session, as its documentation describes it.
import {
  Body,
  Controller,
  Get,
  HttpCode,
  ImATeapotException,
  Module,
  Post,
  Query,
  Redirect,
  Session as CommonSession,
  StreamableFile,
  UnauthorizedException,
} from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import {
  NoSession,
  SessionEvents,
  SessionLock,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
  type SessionObject,
} from '../../../libs/session/src/index.js';
import { redisStore } from '../../../libs/session/src/redis/index.js';
import type { SessionStore } from '../../../libs/session/src/store/index.js';
import { sqliteStore } from '../../../libs/session/src/sqlite/index.js';
import { startApp } from '../../support/nest-app.js';
import { ActsController } from './acts.js';
import { count, pass, readSettings, serve, sleep } from './host.js';
import { COOKIE, SECRET, type StoreSettings } from './settings.js';

type Values = SessionObject & Record<string, unknown>;

@Controller()
class TortureController {
  constructor(private readonly sessions: SessionService) {}

  @NoSession()
  @Get('health')
  health() {
    return {};
  }

  @Get('plain')
  plain() {
    return {};
  }

  @Post('login')
  @HttpCode(200)
  async login(@Body() { id, lifetime, idle }: { id: string; lifetime?: number; idle?: number }) {
    await this.sessions.login({ id }, { keep: ['cart'], remember: lifetime, idleTimeout: idle });
    return {};
  }

  @Post('logout')
  @HttpCode(204)
  logout() {
    return this.sessions.logout();
  }

  @Post('destroy')
  @HttpCode(204)
  destroy() {
    return this.sessions.destroy();
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate() {
    await this.sessions.regenerate();
    return {};
  }

  @Get('me')
  me() {
    const { user } = this.sessions;
    if (!user) throw new UnauthorizedException();
    return user;
  }

  @Get('values')
  async values(@CommonSession() session: Values, @Query('wait') wait?: string) {
    if (wait) await pass(wait);
    const { cookie: _cookie, ...values } = session;
    return values;
  }

  @Post('values')
  @HttpCode(200)
  async setValues(
    @CommonSession() session: Values,
    @Body() body: Record<string, unknown>,
    @Query('wait') wait?: string,
  ) {
    if (wait) await pass(wait);
    for (const [key, value] of Object.entries(body)) {
      if (value === null) delete session[key];
      else session[key] = value;
    }
    return {};
  }

  @Post('push')
  @HttpCode(200)
  async push(@CommonSession() session: Values, @Body() { item }: { item: string }, @Query('wait') wait: string) {
    await pass(wait);
    ((session['list'] ??= []) as string[]).push(item);
    return {};
  }

  @Post('count')
  @HttpCode(200)
  async count() {
    return { n: await this.sessions.update((values) => (values['n'] = Number(values['n'] ?? 0) + 1)) };
  }

  @SessionLock({ wait: '10s' })
  @Post('locked')
  @HttpCode(200)
  async locked(@CommonSession() session: Values) {
    const n = Number(session['n'] ?? 0);
    await sleep(2);
    session['n'] = n + 1;
    return {};
  }

  @Post('answer/redirect')
  @Redirect('/values', 303)
  redirect(@CommonSession() session: Values, @Body() body: { saved: string }) {
    session['saved'] = body.saved;
  }

  @Post('answer/json')
  json(@CommonSession() session: Values, @Body() body: { saved: string }) {
    session['saved'] = body.saved;
    return { next: '/values' };
  }

  @Post('answer/stream')
  stream(@CommonSession() session: Values, @Body() body: { saved: string }) {
    session['saved'] = body.saved;
    return new StreamableFile(Buffer.from('/values'));
  }

  @Post('answer/error')
  error(@CommonSession() session: Values, @Body() body: { saved: string }) {
    session['saved'] = body.saved;
    throw new ImATeapotException();
  }
}

const { store: where, slowWrites, platform, conflicts } = readSettings();

/** What docs/redis.md gives for a client of one's own. */
const recommended = {
  commandTimeout: 800,
  connectTimeout: 2000,
  socketTimeout: 3000,
  maxRetriesPerRequest: 1,
  enableAutoPipelining: true,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** (attempt - 1), 500),
  reconnectOnError: (error: Error): 2 | false => (error.message.includes('READONLY') ? 2 : false),
};

function openStore(settings: StoreSettings): SessionStore {
  switch (settings.kind) {
    case 'redis':
      return redisStore({ url: settings.url });
    case 'sentinel': {
      const { sentinels, name } = settings;
      return redisStore({ client: new Redis({ ...recommended, sentinels, name, failoverDetector: true }) });
    }
    case 'cluster': {
      const redisOptions = { connectTimeout: 2000, socketTimeout: 3000 };
      return redisStore({ client: new Cluster(settings.nodes, { redisOptions }) });
    }
    case 'sqlite':
      return sqliteStore({ path: settings.path });
  }
}

function slow(store: SessionStore, ms: number): SessionStore {
  return {
    read: (key) => store.read(key),
    create: (...args) => sleep(ms).then(() => store.create(...args)),
    save: (...args) => sleep(ms).then(() => store.save(...args)),
    renew: (...args) => sleep(ms).then(() => store.renew(...args)),
    delete: (key) => sleep(ms).then(() => store.delete(key)),
  };
}

const store = openStore(where);

async function start(more: SessionModuleOptions = {}): Promise<string> {
  @Module({
    imports: [
      SessionModule.forRoot({
        secret: SECRET,
        name: COOKIE,
        cookie: { secure: false },
        store: slowWrites === undefined ? store : slow(store, slowWrites),
        ...more,
      }),
    ],
    controllers: [TortureController, ActsController],
  })
  class AppModule {}

  const { app, url } = await startApp(platform ?? 'express', AppModule);
  const events = app.get(SessionEvents);
  events.on('rejected', ({ reason }) => count(`rejected ${reason}`));
  events.on('storeError', () => count('storeError'));
  Object.assign(app.getHttpServer(), { keepAliveTimeout: 60_000 });
  return url;
}

/** Old enough for another secret where secrets are renewed at all, which is after a minute at the earliest. */
const PAST = 2 * 60_000;
const GRACE = { rotationGrace: '10s' } as const;

serve({
  url: await start(),
  rollingUrl: await start({ rolling: true }),
  ...(conflicts && {
    conflictUrls: {
      past: await start({ clock: { now: () => Date.now() - PAST } }),
      aged: await start({ rotateAfter: '1m', ...GRACE }),
      young: await start({ rotateAfter: '1h', ...GRACE }),
      limited: await start({ maxSessionsPerUser: 2 }),
      refusing: await start({ maxSessionsPerUser: 2, whenFull: 'reject' }),
    },
  }),
});
