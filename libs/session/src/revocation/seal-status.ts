import type { SessionRecord } from '../core/record.js';
import type { UserKeyOf } from '../core/user-key.js';
import type { RevocationEntry } from './revocation-entry.js';
import { isBehind, type RevokedBeforeOf } from './revocation-subjects.js';

/** The answer of a revocation store about a name and its subjects. */
export interface Answer {
  readonly entry: RevocationEntry | undefined;
  readonly revokedBefore: RevokedBeforeOf;
}

/** Whether a seal is valid, and why not. */
export type SealStatus =
  | { readonly status: 'good' }
  /** Replaced by a rotation by age a moment ago: accepted, and the session continues in the new generation. */
  | { readonly status: 'grace'; readonly entry: RevocationEntry }
  /** Replaced by a newer seal. */
  | { readonly status: 'replaced'; readonly entry: RevocationEntry }
  /** The session has ended. */
  | { readonly status: 'over'; readonly entry: RevocationEntry }
  /** All sessions of its user were revoked. */
  | { readonly status: 'revoked' };

export const generationOf = ({ secret }: SessionRecord): number => secret?.generation ?? 0;

/** The status of a seal by the entry of its name. */
export function sealStatusOf(
  record: SessionRecord,
  { entry, revokedBefore }: Answer,
  now: number,
  keyOf?: UserKeyOf,
): SealStatus {
  if (entry?.over !== undefined) return { status: 'over', entry };
  if (isBehind(record, revokedBefore, keyOf)) return { status: 'revoked' };
  if (!entry || generationOf(record) >= entry.least) return { status: 'good' };
  const inGrace = generationOf(record) === entry.least - 1 && now < (entry.graceUntil ?? 0);
  return { status: inGrace ? 'grace' : 'replaced', entry };
}
