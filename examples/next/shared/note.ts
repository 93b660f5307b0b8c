import { NOTE_LENGTH } from './session-data.ts';

/** The note of `{ note: "..." }`, or null if there is none or it is too long. */
export function parseNote(body: unknown): string | null {
  const note = typeof body === 'object' && body !== null && 'note' in body ? body.note : undefined;
  return typeof note === 'string' && note.length <= NOTE_LENGTH ? note.trim() : null;
}
