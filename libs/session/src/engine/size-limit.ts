import type { SessionValues } from '../core/record.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';

/**
 * Refuses values that are too large, before anything is stored or ended for them.
 * @param json the values as JSON, if the caller has it
 * @throws `SessionTooLargeError`
 */
export function requireSize(
  values: SessionValues,
  { maxSessionBytes = Infinity }: Pick<ResolvedSessionOptions, 'maxSessionBytes'>,
  json?: string,
): void {
  if (maxSessionBytes === Infinity) return;
  const size = Buffer.byteLength(json ?? JSON.stringify(values));
  if (size > maxSessionBytes) throw SessionTooLargeError.ofSession(size, maxSessionBytes, values);
}
