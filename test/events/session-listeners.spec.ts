import { setTimeout as later } from 'node:timers/promises';
import { Controller, Injectable, Logger, Scope, type Type } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import {
  OnSessionEvent,
  SessionContextError,
  SessionService,
  SessionUsageError,
  type HeardSessionEvent,
  type NamedSessionEvent,
  type SessionEvent,
} from 'nest-session';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commonRoutes, startTestApp, type TestAppSetup } from '../support/test-app.js';

const heard: [listener: string, event: object][] = [];
afterEach(() => {
  heard.length = 0;
  vi.restoreAllMocks();
});

@Controller()
class HearingController {
  @OnSessionEvent('logout')
  heardByController(event: SessionEvent) {
    heard.push(['controller', event]);
  }
}

@Injectable()
class Listener {
  readonly mine = 'provider';

  constructor(private readonly sessions: SessionService) {}

  @OnSessionEvent('login')
  onLogin(event: SessionEvent) {
    heard.push([this.mine, event]);
  }

  @OnSessionEvent('logout', 'rotated', 'logout')
  onSome({ name }: HeardSessionEvent<'logout' | 'rotated'>) {
    heard.push(['some', { name }]);
  }

  @OnSessionEvent('*')
  onAny({ name }: NamedSessionEvent) {
    heard.push(['any', { name }]);
  }

  @OnSessionEvent('login')
  outside() {
    try {
      heard.push(['outside', { user: this.sessions.user }]);
    } catch (error) {
      heard.push(['outside', { refused: error instanceof SessionContextError }]);
    }
  }
}

async function start(providers: Type[], imports: TestAppSetup['imports'] = []) {
  const controllers = [...commonRoutes, HearingController];
  const { client, close } = await startTestApp('express', {}, { imports, controllers, providers });
  return { client: client(), close };
}

const of = (listener: string) => heard.filter(([name]) => name === listener).map(([, event]) => event);

describe('@OnSessionEvent()', () => {
  it('calls methods of providers and controllers, on their instance, outside of the request', async () => {
    const { client, close } = await start([Listener, { provide: 'alias', useExisting: Listener } as never]);
    const { handle } = await (await client.post('/login', { id: 'u1' })).json();
    await client.post('/logout');
    expect(of('provider')).toEqual([{ name: 'login', handle, userId: 'u1', at: expect.any(Number) }]);
    expect(of('controller')).toEqual([{ name: 'logout', handle, userId: 'u1', at: expect.any(Number) }]);
    expect(of('some')).toEqual([{ name: 'logout' }]);
    expect(of('any')).toEqual(expect.arrayContaining(['created', 'login', 'logout'].map((name) => ({ name }))));
    expect(of('outside')).toEqual([{ refused: true }]);
    await close();
  });

  it('neither fails nor delays a request, whatever a listener does', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    @Injectable()
    class Bad {
      @OnSessionEvent('login')
      throws() {
        throw new Error('sync');
      }
      @OnSessionEvent('login')
      async rejects() {
        throw new Error('async');
      }
      @OnSessionEvent('login')
      async sleeps() {
        await later(10_000, undefined, { ref: false });
      }
      @OnSessionEvent('login')
      never() {
        return new Promise(() => undefined);
      }
    }
    const { client, close } = await start([Bad, Listener]);
    const begun = performance.now();
    expect((await client.post('/login', { id: 'u1' })).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(of('provider')).toHaveLength(1);
    expect(logged.mock.calls.filter(([message]) => String(message).includes('"login"'))).toHaveLength(2);
    await close();
  });

  it('is refused where the instance would be gone', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnSessionEvent('login')
      onLogin() {}
    }
    const error: unknown = await start([Scoped]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionUsageError);
    expect(error).toMatchObject({ code: 'SESSION_EVENT_SCOPE', message: expect.stringContaining('Scoped.onLogin()') });
  });
});

describe('@nestjs/event-emitter', () => {
  it('hears every event as session.<name>', async () => {
    @Injectable()
    class Foreign {
      @OnEvent('session.login')
      onLogin(event: SessionEvent) {
        heard.push(['foreign', event]);
      }
      @OnEvent('session.*')
      onAny({ name }: NamedSessionEvent) {
        heard.push(['wild', { name }]);
      }
      @OnEvent('session.logout')
      fails() {
        throw new Error('foreign');
      }
    }
    const { client, close } = await start([Foreign], [EventEmitterModule.forRoot({ wildcard: true })]);
    const { handle } = await (await client.post('/login', { id: 'u1' })).json();
    expect((await client.post('/logout')).status).toBe(204);
    expect(of('foreign')).toEqual([{ name: 'login', handle, userId: 'u1', at: expect.any(Number) }]);
    expect(of('wild')).toEqual(expect.arrayContaining(['created', 'login', 'logout'].map((name) => ({ name }))));
    await close();
  });
});
