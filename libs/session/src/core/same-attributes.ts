import { maxAgeOf } from './deadlines.js';

/** What a cookie says besides its value and its age. */
export const ATTRIBUTE_NAMES = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const;

/** A cookie, live or as it is stored. */
export type Attributes = Partial<Record<(typeof ATTRIBUTE_NAMES)[number] | 'originalMaxAge', unknown>>;

/** Whether two cookies are alike. The expiry does not count: it moves with every renewal. */
export function sameAttributes(one: Attributes | null | undefined, other: Attributes): boolean {
  for (const name of ATTRIBUTE_NAMES) if (one?.[name] !== other[name]) return false;
  return one?.originalMaxAge === other.originalMaxAge || maxAgeOf(one) === maxAgeOf(other);
}
