import type { SessionRecord } from '../core/record.js';
import { restoreCookie } from '../engine/cookie-record.js';
import { setCookieOf } from '../http/transport/session-cookie.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { splitSeal } from '../seals/seal-cookies.js';

/**
 * Refuses a session that does not fit, while the response can still report it and before another session is ended.
 * @throws `SessionTooLargeError`
 */
export function requireFit(
  seal: string,
  record: SessionRecord,
  { name, clock }: Pick<ResolvedSessionOptions, 'name' | 'clock'>,
  chunk: boolean,
): void {
  const cookie = restoreCookie(record.cookie);
  if (record.cookie.originalMaxAge !== null) cookie.expires = new Date(record.expiresAt);
  splitSeal(seal, setCookieOf(name, '', cookie, clock.now()), chunk, record.data);
}
