import { isDeepStrictEqual } from 'node:util';
import type { Outcome, StepOutcome } from './run-script.js';

/** One thing that is not the same on both sides. */
export interface Found {
  readonly script: string;
  /** Counted from 1; 0 for the making of the middleware. */
  readonly step: number;
  /** What it concerns: `status`, `body`, `cookies`, `max-age`, `stored`, `stored expiry`, `tombstones`, `header vary` ... */
  readonly aspect: string;
  readonly expressSession: unknown;
  readonly nestSession: unknown;
}

/** Everything in which two runs of a script differ. */
export function compare(script: string, expressSession: Outcome, nestSession: Outcome): Found[] {
  if ('refused' in expressSession || 'refused' in nestSession) {
    const refused = ['refused' in expressSession, 'refused' in nestSession] as const;
    if (refused[0] === refused[1]) return [];
    return [{ script, step: 0, aspect: 'refused', expressSession: refused[0], nestSession: refused[1] }];
  }
  return expressSession.flatMap((theirs, index) => {
    const ours = nestSession[index]!;
    return aspects(theirs, ours)
      .filter(([, a, b]) => !isDeepStrictEqual(a, b))
      .map(([aspect, a, b]) => ({ script, step: index + 1, aspect, expressSession: a, nestSession: b }));
  });
}

function aspects(theirs: StepOutcome, ours: StepOutcome): [aspect: string, theirs: unknown, ours: unknown][] {
  const headers = new Set([...Object.keys(theirs.headers), ...Object.keys(ours.headers)]);
  return [
    ['status', theirs.status, ours.status],
    ['body', theirs.body, ours.body],
    ['cookies', theirs.cookies, ours.cookies],
    ['max-age', theirs.maxAges, ours.maxAges],
    ['stored', theirs.stored, ours.stored],
    ['stored expiry', theirs.storedExpiry, ours.storedExpiry],
    ['tombstones', theirs.tombstones, ours.tombstones],
    ['late errors', theirs.lateErrors, ours.lateErrors],
    ...Array.from(headers, (name): [string, unknown, unknown] => [
      `header ${name}`,
      theirs.headers[name],
      ours.headers[name],
    ]),
  ];
}
