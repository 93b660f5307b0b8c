'use server';

import { redirect } from 'next/navigation';
import { parseNote } from '../../shared/note.ts';
import { safeReturnTo } from '../lib/return-to.ts';
import { saveNote, signIn, signOut } from '../lib/write-session.ts';

/** What the login form shows after a try. */
export interface LoginState {
  readonly problem?: string;
  readonly username?: string;
}

const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
};

/** Signs in and goes to the page that was asked for. */
export async function login(_state: LoginState, form: FormData): Promise<LoginState> {
  const username = text(form, 'username');
  if (!(await signIn(username, text(form, 'password')))) {
    return { problem: 'The username or the password is wrong.', username };
  }
  redirect(safeReturnTo(text(form, 'returnTo')));
}

/** Signs out on both sides. */
export async function logout(): Promise<void> {
  await signOut();
  redirect('/login');
}

/** Writes the note that the API shows at /nest/me. */
export async function writeNote(form: FormData): Promise<void> {
  const note = parseNote({ note: form.get('note') });
  if (note !== null && !(await saveNote(note))) redirect('/login');
  redirect('/dashboard');
}
