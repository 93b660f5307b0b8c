import { maxAgeOf } from './deadlines.js';

const COMPARED = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const;

/** A cookie, live or as it is stored. */
export type Attributes = Partial<Record<(typeof COMPARED)[number] | 'originalMaxAge', unknown>>;

/** Whether two cookies are alike. The expiry does not count: it moves with every renewal. */
export const sameAttributes = (one: Attributes | null | undefined, other: Attributes): boolean =>
  maxAgeOf(one) === maxAgeOf(other) && COMPARED.every((name) => one?.[name] === other[name]);
