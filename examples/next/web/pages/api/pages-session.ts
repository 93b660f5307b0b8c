import type { NextApiRequest, NextApiResponse } from 'next';
import { PRIVATE } from '../../lib/answers.ts';
import { describe, readSession } from '../../lib/session.ts';

/** Who is signed in, seen by an API route of the Pages Router. */
export default async function handler(request: NextApiRequest, response: NextApiResponse): Promise<void> {
  const session = await readSession(request);
  response.setHeader('cache-control', PRIVATE['cache-control']);
  if (session) response.status(200).json(describe(session));
  else response.status(401).json({ message: 'Sign in to continue.' });
}
