import { cookies } from 'next/headers';
import type { NextRequest } from 'next/server';
import { parseNote } from '../../../../shared/note.ts';
import { settings } from '../../../../shared/settings.ts';
import { answer, isForeign, unauthenticated, PRIVATE } from '../../../lib/answers.ts';
import { callNest, expectAnswer } from '../../../lib/nest.ts';
import { sealedSessions } from '../../../lib/sealed-session.ts';
import { describe, readSession } from '../../../lib/session.ts';

/** The note, read by `cookies()`. */
export async function GET(): Promise<Response> {
  const session = await readSession(await cookies());
  return session ? answer(describe(session)) : unauthenticated();
}

/** Writes the note, by the request and the response's headers. */
export async function POST(request: NextRequest): Promise<Response> {
  if (isForeign(request)) return Response.json({ message: 'Not from here.' }, { status: 403 });
  const note = parseNote(await request.json().catch(() => null));
  if (note === null) return Response.json({ message: 'Send {"note": "..."}.' }, { status: 400 });
  const headers = new Headers(PRIVATE);
  if (settings.kind === 'redis') {
    const answered = await callNest('PUT', '/note', request.headers.get('cookie') ?? '', { note });
    expectAnswer(answered, 401);
    if (answered.status === 401) return unauthenticated();
    for (const line of answered.headers.getSetCookie()) headers.append('set-cookie', line);
  } else {
    const session = await sealedSessions.open(request, headers);
    if (!session.data.user) return unauthenticated();
    session.data.note = note;
    await session.save();
  }
  return new Response(null, { status: 204, headers });
}
