import type { SessionRecord } from '../core/record.js';
import type { RevocationEntry } from './revocation-entry.js';
import { isBehind, type RevokedBeforeOf } from './revocation-subjects.js';

/** What a revocation store says of a name and of those whose session it is. */
export interface Answer {
  readonly entry: RevocationEntry | undefined;
  readonly revokedBefore: RevokedBeforeOf;
}

/** Whether a seal is good, and why it is not. */
export type SealStatus =
  | { readonly status: 'good' }
  /** Renewed by age a moment ago: it opens, and goes on in this generation. */
  | { readonly status: 'grace'; readonly entry: RevocationEntry }
  /** Another seal of the session has taken its place. */
  | { readonly status: 'replaced'; readonly entry: RevocationEntry }
  /** Its session is over. */
  | { readonly status: 'over'; readonly entry: RevocationEntry }
  /** All sessions of its user were ended. */
  | { readonly status: 'revoked' };

export const generationOf = ({ secret }: SessionRecord): number => secret?.generation ?? 0;

/** How a seal stands to what is kept under its name. */
export function sealStatusOf(record: SessionRecord, { entry, revokedBefore }: Answer, now: number): SealStatus {
  if (entry?.over !== undefined) return { status: 'over', entry };
  if (isBehind(record, revokedBefore)) return { status: 'revoked' };
  if (!entry || generationOf(record) >= entry.least) return { status: 'good' };
  const inGrace = generationOf(record) === entry.least - 1 && now < (entry.graceUntil ?? 0);
  return { status: inGrace ? 'grace' : 'replaced', entry };
}
