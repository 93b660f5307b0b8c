import type { SessionValues } from '../core/record.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { SessionTooLargeException } from '../errors/session-too-large.exception.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';

/**
 * Refuses values that take too much room, before anything is stored or ended for them.
 * @throws `SessionTooLargeException` (413)
 */
export function requireSize(
  values: SessionValues,
  { maxSessionBytes = Infinity }: Pick<ResolvedSessionOptions, 'maxSessionBytes'>,
): void {
  if (maxSessionBytes === Infinity) return;
  const size = Buffer.byteLength(JSON.stringify(values));
  if (size > maxSessionBytes)
    throw new SessionTooLargeException(SessionTooLargeError.ofSession(size, maxSessionBytes, values));
}
