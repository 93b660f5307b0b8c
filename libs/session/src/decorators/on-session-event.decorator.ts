import { SetMetadata } from '@nestjs/common';
import type { NamedSessionEvent, SessionEventName } from '../events/session-events.js';
import { LISTENS_TO } from '../services/session-listeners.js';

/** The event that a method gets for these names. */
export type HeardSessionEvent<Name extends SessionEventName | '*'> = '*' extends Name
  ? NamedSessionEvent
  : Extract<NamedSessionEvent, { readonly name: Name }>;

/** A decorator for methods that take such an event, or nothing. */
export type SessionEventListener<Name extends SessionEventName | '*'> = <
  Method extends (event: HeardSessionEvent<Name>) => unknown,
>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Calls the method for every event of these names, or for all with `'*'`. On any provider or controller that is a
 * singleton; a request-scoped one is refused when the application starts. The method runs outside of the request, the
 * library does not wait for it, and errors are logged.
 *
 * @example
 * @Injectable()
 * export class SecurityMails {
 *   @OnSessionEvent('newDevice')
 *   async warn({ userId, device, at }: SessionEventMap['newDevice']) { ... }
 *
 *   @OnSessionEvent('login', 'logout')
 *   count({ name }: HeardSessionEvent<'login' | 'logout'>) { ... }
 * }
 */
export const OnSessionEvent = <Name extends SessionEventName | '*'>(
  ...names: [Name, ...Name[]]
): SessionEventListener<Name> => SetMetadata(LISTENS_TO, names);
