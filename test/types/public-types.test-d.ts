import { assertType, describe, expectTypeOf, it } from 'vitest';
import { MemoryStore } from 'express-session';
import {
  connectStore,
  memoryStore,
  SessionModule,
  type CurrentUser,
  type Session,
  type SessionObject,
  type SessionService,
  type SessionUser,
} from 'nest-session';

declare module 'express-session' {
  interface SessionData {
    typedCart: { sku: string; quantity: number }[];
  }
}

declare module 'nest-session' {
  interface SessionUser {
    nickname?: string;
  }
}

declare const session: SessionObject;
declare const sessions: SessionService;

describe('types', () => {
  it('of session values come from SessionData of express-session', () => {
    expectTypeOf(session.typedCart).toEqualTypeOf<{ sku: string; quantity: number }[] | undefined>();
    session.typedCart = [{ sku: 'a', quantity: 1 }];
    // @ts-expect-error a value of the wrong type
    session.typedCart = 'a';
    // @ts-expect-error a key that nobody declared
    void session.unknownKey;
    // @ts-expect-error the id is not for writing
    session.id = 'x';
  });

  it('of the user come from merging, or from a generic', () => {
    expectTypeOf<SessionUser['nickname']>().toEqualTypeOf<string | undefined>();
    expectTypeOf(sessions.user).toEqualTypeOf<SessionUser | undefined>();
    interface Account extends SessionUser {
      tenant: string;
    }
    expectTypeOf<SessionService<Account>['user']>().toEqualTypeOf<Account | undefined>();
    // @ts-expect-error a user without an id
    assertType(sessions.login({ roles: [] }));
    assertType<Promise<void>>(sessions.login({ id: 7, nickname: 'jane' }, { keep: ['typedCart'], remember: '14d' }));
    // @ts-expect-error a duration that is none
    assertType(sessions.login({ id: 7 }, { remember: 'two weeks' }));
  });

  it('of methods: a promise without a callback, the session with one', () => {
    expectTypeOf(session.save()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(session.save(() => undefined)).toExtend<SessionObject>();
    expectTypeOf(sessions.update((values) => values.typedCart?.length ?? 0)).toEqualTypeOf<Promise<number>>();
  });

  it('of options name their mistakes', () => {
    SessionModule.forRoot({ store: memoryStore(), idleTimeout: '30m', cookie: { sameSite: 'lax' } });
    SessionModule.forRoot({ store: connectStore(new MemoryStore()) });
    // @ts-expect-error an express-session store is not a store of ours
    SessionModule.forRoot({ store: new MemoryStore() });
    // @ts-expect-error no such value
    SessionModule.forRoot({ cookie: { sameSite: 'sometimes' } });
    SessionModule.forRootAsync({ useFactory: () => Promise.resolve({ secret: undefined }) });
  });

  it('of decorators are parameter decorators', () => {
    expectTypeOf<ReturnType<typeof Session>>().toEqualTypeOf<ParameterDecorator>();
    expectTypeOf<ReturnType<typeof CurrentUser>>().toEqualTypeOf<ParameterDecorator>();
  });
});
