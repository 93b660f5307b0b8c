import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';

/** The deadlines that a login asks for. Milliseconds. */
export interface AskedDeadlines {
  readonly idle?: number | undefined;
  readonly absolute?: number | undefined;
  /** The browser keeps the cookie when it closes; then both are given. */
  readonly persistent?: boolean;
}

/** What a new session carries of them: what the login asks for, else what the application gives such a user. */
export function deadlinesFor(
  options: Pick<ResolvedSessionOptions, 'timeouts'>,
  user: SessionUser | undefined,
  asked: AskedDeadlines = {},
): { readonly absoluteTimeout?: number; readonly facts?: SessionFacts } {
  const policy = options.timeouts?.(user) ?? {};
  const absoluteTimeout = asked.absolute ?? policy.absolute;
  // A cookie that the browser keeps carries the idle timeout itself, where applications change it.
  const idleTimeout = asked.persistent ? undefined : (asked.idle ?? policy.idle);
  return {
    ...(absoluteTimeout !== undefined && { absoluteTimeout }),
    ...(idleTimeout !== undefined && { facts: { idleTimeout } }),
  };
}
