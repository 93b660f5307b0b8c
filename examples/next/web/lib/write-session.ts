import 'server-only';
import { cookies } from 'next/headers';
import { NextResponse } from 'next/server';
import { findPerson } from '../../shared/people.ts';
import { settings } from '../../shared/settings.ts';
import { callNest, expectAnswer, type NestPath } from './nest.ts';
import { sealedSessions } from './sealed-session.ts';

// For server actions: a sealed session is written here, one in Redis by the API that owns it.

/** Signs in. @returns false if the name or the password is wrong */
export async function signIn(username: string, password: string): Promise<boolean> {
  if (settings.kind === 'redis') return (await askNest('POST', '/login', { username, password })) !== 401;
  const person = await findPerson(username, password);
  if (!person) return false;
  const session = await sealedSessions.open(await cookies());
  await session.login(person);
  return true;
}

/** Signs out: here, at the API, and for every copy of the cookie. */
export async function signOut(): Promise<void> {
  if (settings.kind === 'redis') return void (await askNest('POST', '/logout'));
  const session = await sealedSessions.open(await cookies());
  await session.logout();
}

/** Keeps a note. @returns false if the user is no longer signed in */
export async function saveNote(note: string): Promise<boolean> {
  if (settings.kind === 'redis') return (await askNest('PUT', '/note', { note })) !== 401;
  const session = await sealedSessions.open(await cookies());
  if (!session.data.user) return false;
  session.data.note = note;
  await session.save();
  return true;
}

/** @returns the status: below 300, or 401 */
async function askNest(method: 'POST' | 'PUT', path: NestPath, body?: unknown): Promise<number> {
  const store = await cookies();
  const response = await callNest(method, path, store.toString(), body);
  expectAnswer(response, 401);
  // NextResponse reads Set-Cookie lines, so that they can be set once more.
  const { cookies: answered } = new NextResponse(null, { headers: response.headers });
  for (const cookie of answered.getAll()) store.set(cookie);
  return response.status;
}
