import { parseValues } from '../core/json.js';
import type { SessionValues } from '../core/record.js';
import { userIdOf } from '../core/user-id.js';
import { RESERVED } from '../core/session-data.js';
import { SessionUsageError } from '../errors/session-usage.error.js';

/**
 * The application's values as JSON, which shows every change of a session, nested values included.
 * @throws `SessionUsageError` if a value cannot be JSON
 */
export function dataJson(session: object): string {
  // In one go, because each request with a session comes through here twice.
  const values = { ...session, ...RESERVED };
  try {
    return JSON.stringify(values);
  } catch (error) {
    throw SessionUsageError.notJson(error);
  }
}

/** A deep copy of the session's values. */
export const parseData = parseValues as (json: string) => SessionValues;

/** A deep copy of the values that can be stored. */
export const copyData = (values: object): SessionValues => parseData(dataJson(values));

/**
 * Lets a function change a copy of values.
 * @returns the copy as it can be stored, and what the function returned
 * @throws `SessionUsageError` if the function is async, or changes who is signed in
 */
export function applyUpdate<T>(
  before: Readonly<SessionValues>,
  change: (values: SessionValues) => T,
): { readonly values: SessionValues; readonly answer: T } {
  const values = copyData(before);
  const answer = change(values);
  if (answer instanceof Promise) {
    answer.catch(() => undefined);
    throw SessionUsageError.asyncUpdate();
  }
  const after = copyData(values);
  if (userIdOf(after) !== userIdOf(before)) throw SessionUsageError.assignedUser();
  return { values: after, answer };
}
