import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { MAX_TIMER, parseDuration, type Duration } from '../options/duration.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { LockWait, SessionLockInterceptor } from '../services/session-lock.interceptor.js';

/** Options of {@link SessionLock}. */
export interface SessionLockOptions {
  /**
   * How long a request waits for the one before it. After that the answer is 409. At most 24 days.
   * @default '5s'
   */
  wait?: Duration;
}

/**
 * Lets the requests of one session run one at a time on this route, across all processes that share the store: for a
 * checkout or a one-time code. Each request sees what the one before it saved. A route that only counts or appends needs
 * `sessions.update()` and no lock. On a handler or a controller.
 *
 * @example
 * @SessionLock({ wait: '2s' })
 * @Post('checkout')
 */
export function SessionLock(options: SessionLockOptions = {}): ClassDecorator & MethodDecorator {
  const wait = parseDuration(options.wait ?? '5s');
  if (wait === undefined) throw SessionUsageError.badDuration('wait', options.wait);
  if (wait > MAX_TIMER) throw SessionUsageError.longWait('wait', options.wait, MAX_TIMER);
  return applyDecorators(LockWait(wait), UseInterceptors(SessionLockInterceptor));
}
