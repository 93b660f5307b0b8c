import type { Clock } from '../core/clock.js';
import type { ExpiryPolicy } from '../core/deadlines.js';
import type { CookieRecord, SessionRecord } from '../core/record.js';
import type { UserKeyOf } from '../core/user-key.js';
import type { SealedSettings } from './sealed-settings.js';

/** What {@link SealedSessions} needs. */
export interface SealedSessionsOptions {
  readonly settings: SealedSettings;
  readonly policy: ExpiryPolicy;
  readonly clock: Clock;
  /** The default attributes of the cookie. */
  readonly cookie: CookieRecord;
  /** How long (ms) a seal is accepted after it was replaced by age. */
  readonly grace: number;
  /** What users are found by. @default their id */
  readonly userKey?: UserKeyOf | undefined;
  /** Calls the revocation store, and reports an outage. */
  readonly ask: <T>(call: () => Promise<T>) => Promise<T>;
  /** Throws if the cookies of a seal do not fit into a browser. */
  readonly requireFit: (seal: string, record: SessionRecord) => void;
}
