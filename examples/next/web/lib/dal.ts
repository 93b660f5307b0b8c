import 'server-only';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { readSession, type PersonSession } from './session.ts';

/** Who is signed in. However many components ask, one request reads the session once. */
export const currentSession = cache(async (): Promise<PersonSession | null> => readSession(await cookies()));

/** The same for pages that need a login. This is the check that counts; the one in the proxy is a courtesy. */
export async function requireSession(returnTo: string): Promise<PersonSession> {
  return (await currentSession()) ?? redirect(`/login?returnTo=${encodeURIComponent(returnTo)}`);
}
