import 'reflect-metadata';
import {
  Controller,
  Get,
  Module,
  UseGuards,
  type LoggerService,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MemoryStore } from 'express-session';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  AuthGuard,
  connectStore,
  memoryStore,
  SessionConfigError,
  SessionMiddleware,
  SessionModule,
  SessionStoreError,
  type SessionModuleOptions,
} from 'nest-session';
import { HttpClient } from '../support/http-client.js';

@Controller()
class PrivateController {
  @UseGuards(AuthGuard)
  @Get('private')
  show() {
    return 'for users only';
  }
}

/** What an application logged, by level. */
class Recorder implements LoggerService {
  readonly lines: string[] = [];
  log = (message: unknown) => void this.lines.push(`log ${String(message)}`);
  warn = (message: unknown) => void this.lines.push(`warn ${String(message)}`);
  error = (message: unknown) => void this.lines.push(`error ${String(message)}`);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

async function create(options?: SessionModuleOptions) {
  @Module({ imports: [SessionModule.forRoot(options)], controllers: [PrivateController] })
  class AppModule {}
  const recorder = new Recorder();
  const app = await NestFactory.create(AppModule, { logger: recorder, abortOnError: false });
  return { app, lines: recorder.lines };
}

const secret = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';

describe('an application', () => {
  it('starts in development without options, and says in one line what is not for production', async () => {
    const { app, lines } = await create();
    await app.init();
    const said = lines.filter((line) => line.includes('Development defaults'));
    expect(said).toEqual([expect.stringMatching(/random secret.*memory store.*without Secure/)]);
    await app.close();
  });

  it('does not start in production with them, and names every problem', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const error: unknown = await create().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionConfigError);
    expect((error as SessionConfigError).problems.map(({ path }) => path)).toEqual(['secret', 'store']);
    await expect(create({ secret, store: memoryStore() })).rejects.toThrow(/memory store loses all sessions/);
    const { app } = await create({ secret, store: memoryStore({ allowInProduction: true }) });
    await app.close();
  });

  it('does not start with a store that does not answer', async () => {
    const store = Object.assign(memoryStore(), {
      ping: () => Promise.reject(new SessionStoreError('The store does not answer.')),
    });
    const { app } = await create({ store });
    await expect(app.init()).rejects.toThrow('The store does not answer.');
  });

  it('says what a store cannot guarantee', async () => {
    const { app, lines } = await create({ store: connectStore(new MemoryStore()) });
    await app.init();
    expect(lines.filter((line) => line.startsWith('warn'))).not.toEqual([]);
    await app.close();
  });

  it('closes the store when it ends', async () => {
    const store = memoryStore();
    const close = vi.spyOn(store, 'close');
    const { app } = await create({ store });
    await app.init();
    await app.close();
    expect(close).toHaveBeenCalledOnce();
  });

  it('takes the middleware from another module that applies it, and runs it once', async () => {
    @Module({})
    class OtherModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(SessionMiddleware).forRoutes('{*splat}');
      }
    }
    @Module({ imports: [OtherModule, SessionModule.forRoot()], controllers: [PrivateController] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    expect((await new HttpClient(await app.getUrl()).get('/private')).status).toBe(401);
    await app.close();
  });

  it('refuses all requests where the session middleware did not run, and logs why', async () => {
    const { app, lines } = await create({ cookie: { path: '/elsewhere' } });
    await app.listen(0, '127.0.0.1');
    expect((await new HttpClient(await app.getUrl()).get('/private')).status).toBe(401);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/session middleware did not run.*cookie\.path/),
    ]);
    await app.close();
  });
});
