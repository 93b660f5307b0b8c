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

/** The deadlines of a new session: those of the login, otherwise those of the application's options for the user. */
export function deadlinesFor(
  options: Pick<ResolvedSessionOptions, 'timeouts'>,
  user: SessionUser | undefined,
  asked: AskedDeadlines = {},
): { readonly absoluteTimeout?: number; readonly facts?: SessionFacts } {
  const policy = options.timeouts?.(user) ?? {};
  const absoluteTimeout = asked.absolute ?? policy.absolute;
  // For a persistent cookie, its maxAge is the idle timeout, which applications can change.
  const idleTimeout = asked.persistent ? undefined : (asked.idle ?? policy.idle);
  return {
    ...(absoluteTimeout !== undefined && { absoluteTimeout }),
    ...(idleTimeout !== undefined && { facts: { idleTimeout } }),
  };
}
