import type { SessionUser } from 'nest-session';
import type { User } from '../users/user.js';

/** Acting as another user must not give more rights, not even those of another administrator. */
export const mayActAs = (actor: SessionUser | undefined, person: User): boolean =>
  actor !== undefined && actor.id !== person.id && !person.roles.includes('admin');
