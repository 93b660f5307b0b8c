import { describe, expectTypeOf, it } from 'vitest';
import {
  OnSessionEvent,
  type HeardSessionEvent,
  type NamedSessionEvent,
  type SessionEvent,
  type SessionEventMap,
  type SessionEvents,
} from 'nest-session';

declare const events: SessionEvents;

describe('types of events', () => {
  it('are known by name', () => {
    events.on('rotated', (event) => {
      expectTypeOf(event.handle).toEqualTypeOf<string>();
      expectTypeOf(event.at).toEqualTypeOf<number>();
      // One handle names a session from its login to its end.
      expectTypeOf(event).not.toHaveProperty('previous');
    });
    events.on('reuse', ({ by, age, userId }) => {
      expectTypeOf(by).toEqualTypeOf<'age' | 'asked' | 'proof'>();
      expectTypeOf(age).toEqualTypeOf<number>();
      expectTypeOf(userId).toEqualTypeOf<string | number | undefined>();
    });
    events.on('expired', ({ reason }) => expectTypeOf(reason).toEqualTypeOf<'idle' | 'absolute'>());
    // @ts-expect-error no such event
    events.on('signin', () => undefined);
    expectTypeOf<HeardSessionEvent<'*'>>().toEqualTypeOf<NamedSessionEvent>();
    expectTypeOf<HeardSessionEvent<'elevated'>['aal']>().toEqualTypeOf<number>();
  });

  it('of listeners fit what they listen to', () => {
    class Listener {
      @OnSessionEvent('login')
      takesWhatEveryEventHas(_event: SessionEvent): void {}

      @OnSessionEvent('revoked')
      takesItsOwn({ count }: SessionEventMap['revoked']): number | undefined {
        return count;
      }

      @OnSessionEvent('login', 'logout')
      async takesSeveral({ name }: HeardSessionEvent<'login' | 'logout'>): Promise<void> {
        expectTypeOf(name).toEqualTypeOf<'login' | 'logout'>();
      }

      @OnSessionEvent('*')
      takesNothing(): void {}

      // @ts-expect-error an event that it does not hear
      @OnSessionEvent('login')
      takesAnother({ age }: SessionEventMap['reuse']): number {
        return age;
      }

      // @ts-expect-error no such event
      @OnSessionEvent('signin')
      hearsNothing(): void {}
    }
    expectTypeOf<Listener>().not.toBeAny();
  });
});
