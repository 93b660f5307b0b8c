import { describe, readSession } from '../../../lib/session.ts';
import { answer, unauthenticated } from '../../../lib/answers.ts';

/** Who is signed in, read from the request. */
export async function GET(request: Request): Promise<Response> {
  const session = await readSession(request);
  return session ? answer(describe(session)) : unauthenticated();
}
