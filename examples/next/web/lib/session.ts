import type { CookieSource, ReadSession } from 'nest-session/standalone';
import type { Facts } from '../components/session-facts.tsx';
import type { AppSession, Person } from '../../shared/session-data.ts';
import { settings } from '../../shared/settings.ts';
import { redisSessions } from './redis-session.ts';
import { sealedSessions } from './sealed-session.ts';

/** A session with a signed-in user. */
export interface PersonSession extends ReadSession<AppSession> {
  readonly user: Person;
}

/**
 * Who is signed in, from whatever carries the cookie: `await cookies()`, a Request, a NextApiRequest, `context.req`.
 * @returns null without a login
 * @throws if the store is unavailable: that is no reason to treat the user as signed out
 */
export async function readSession(source: CookieSource): Promise<PersonSession | null> {
  const session = await (settings.kind === 'sealed' ? sealedSessions : redisSessions).read(source);
  const user = session?.data.user;
  return session && user ? { ...session, user } : null;
}

/** What every surface shows of a session, here and at the API's /me. */
export const describe = ({ data: { user, note, views } }: PersonSession): AppSession => ({ user, note, views });

/** The same with its deadlines, as plain values for a page. */
export const factsOf = ({ data, user, handle, authenticatedAt, expiresAt }: PersonSession): Facts => ({
  name: user.name,
  handle,
  signedInAt: authenticatedAt === undefined ? null : new Date(authenticatedAt).toISOString(),
  endsAt: new Date(expiresAt).toISOString(),
  note: data.note ?? null,
  views: data.views ?? null,
});
