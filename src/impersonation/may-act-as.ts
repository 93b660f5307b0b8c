import type { SessionUser } from 'nest-session';
import type { User } from '../users/user.js';

/** Nobody acts as himself, and nobody gains rights by acting as somebody else: not even those of another administrator. */
export const mayActAs = (actor: SessionUser | undefined, person: User): boolean =>
  actor !== undefined && actor.id !== person.id && !person.roles.includes('admin');
