import type { SessionInfo } from 'nest-session';

/** What a client may know about its session. */
export interface SessionFacts {
  readonly handle: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
}

export const describeSession = ({ handle, createdAt, lastSeenAt, expiresAt }: SessionInfo): SessionFacts => ({
  handle,
  createdAt: iso(createdAt),
  lastSeenAt: iso(lastSeenAt),
  expiresAt: iso(expiresAt),
});

const iso = (time: number): string => new Date(time).toISOString();
