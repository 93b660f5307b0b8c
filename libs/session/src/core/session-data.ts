import { FORBIDDEN_KEYS } from './json.js';
import type { SessionValues } from './record.js';

/** The key of a stored session that holds this library's own fields. Reserved: an application's value there is dropped. */
export const META_KEY = '__nest_session';

const RESERVED_KEYS = new Set(['cookie', META_KEY, ...FORBIDDEN_KEYS]);

/** Spread over a copy of a session, it removes reserved keys from its JSON: what is undefined is not in JSON. */
export const RESERVED = Object.fromEntries(Array.from(RESERVED_KEYS, (key) => [key, undefined]));

/** Whether an application may keep a value under this name. */
export const isDataKey = (key: string): boolean => !RESERVED_KEYS.has(key);

/** The application's values in a session, live or stored. */
export function dataOf(session: object): SessionValues {
  const data: SessionValues = {};
  const own = session as SessionValues;
  for (const key of Object.keys(own)) if (!RESERVED_KEYS.has(key)) data[key] = own[key];
  return data;
}
