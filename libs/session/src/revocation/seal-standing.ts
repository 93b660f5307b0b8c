import type { SessionRecord } from '../core/record.js';
import type { RevocationEntry } from './revocation-entry.js';
import { isBehind, type Standings } from './session-places.js';

/** What a revocation store says of a name and of those whose session it is. */
export interface Answer {
  readonly entry: RevocationEntry | undefined;
  readonly standing: Standings;
}

/** Whether a seal is good, and why it is not. */
export type SealStanding =
  | { readonly status: 'good' }
  /** Renewed by age a moment ago: it opens, and goes on in this generation. */
  | { readonly status: 'late'; readonly entry: RevocationEntry }
  /** Another seal of the session has taken its place. */
  | { readonly status: 'replaced'; readonly entry: RevocationEntry }
  /** Its session is over. */
  | { readonly status: 'over'; readonly entry: RevocationEntry }
  /** All sessions of its user were ended. */
  | { readonly status: 'revoked' };

export const generationOf = ({ secret }: SessionRecord): number => secret?.generation ?? 0;

/** How a seal stands to what is kept under its name. */
export function standingOf(record: SessionRecord, { entry, standing }: Answer, now: number): SealStanding {
  if (entry?.over !== undefined) return { status: 'over', entry };
  if (isBehind(record, standing)) return { status: 'revoked' };
  if (!entry || generationOf(record) >= entry.least) return { status: 'good' };
  const isLate = generationOf(record) === entry.least - 1 && now < (entry.late ?? 0);
  return { status: isLate ? 'late' : 'replaced', entry };
}
