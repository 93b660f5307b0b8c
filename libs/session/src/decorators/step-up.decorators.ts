import { Reflector } from '@nestjs/core';
import type { AssuranceLevel } from '../core/session-facts.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration, type Duration } from '../options/duration.js';

/** Options of {@link RequireRecentLogin} and {@link RequireAal}. */
export interface StepUpOptions {
  /**
   * Also lets in users during an impersonation: the authentication of the actor counts then.
   * @default false
   */
  allowImpersonated?: boolean;
}

interface RecentLoginRule {
  /** Milliseconds. */
  readonly maxAge: number;
  readonly allowImpersonated: boolean;
}

interface AalRule {
  readonly aal: AssuranceLevel;
  readonly allowImpersonated: boolean;
}

/** The metadata of {@link RequireRecentLogin} for `StepUpGuard`. */
export const RecentLoginRequired = Reflector.createDecorator<RecentLoginRule>({ key: 'nest-session:recent-login' });

/** The metadata of {@link RequireAal} for `StepUpGuard`. */
export const AalRequired = Reflector.createDecorator<AalRule>({ key: 'nest-session:aal' });

/**
 * Lets in only users who have authenticated recently, by `login()` or `reauthenticate()`: before a change of password,
 * e-mail address or factors (ASVS V7.5.1). Needs `StepUpGuard`. On a handler or a controller.
 *
 * @param maxAge how long ago at most
 * @throws `SessionUsageError` if it is no duration
 * @example
 * @RequireRecentLogin('10m')
 * @Post('password')
 */
export function RequireRecentLogin(maxAge: Duration, options: StepUpOptions = {}): ClassDecorator & MethodDecorator {
  const length = parseDuration(maxAge);
  if (length === undefined) throw SessionUsageError.badDuration('maxAge', maxAge);
  return both(RecentLoginRequired({ maxAge: length, allowImpersonated: options.allowImpersonated ?? false }));
}

/**
 * Lets in only sessions of this authenticator assurance level or above (NIST SP 800-63B-4, section 2; ASVS V7.5.3).
 * Needs `StepUpGuard`. On a handler or a controller.
 *
 * @throws `SessionUsageError` if it is not 1, 2 or 3
 * @example
 * @RequireAal(2)
 * @Post('transfer')
 */
export function RequireAal(aal: AssuranceLevel, options: StepUpOptions = {}): ClassDecorator & MethodDecorator {
  if (![1, 2, 3].includes(aal)) throw SessionUsageError.aal('@RequireAal()', aal);
  return both(AalRequired({ aal, allowImpersonated: options.allowImpersonated ?? false }));
}

// The decorators of Reflector work on both, and their type names only one.
const both = (decorator: ClassDecorator & MethodDecorator): ClassDecorator & MethodDecorator => decorator;
