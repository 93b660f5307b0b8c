/** Keys that could change the prototype of an object. */
export const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

// Nearly no text has these. Only such a text is checked further.
const MAY_FORBID = /__proto__|constructor|prototype|\\u/;

const dropForbidden = (key: string, value: unknown): unknown => (FORBIDDEN_KEYS.includes(key) ? undefined : value);

/** Values from JSON, without keys at any depth that could change the prototype of an object. */
export const parseValues = (text: string): unknown =>
  MAY_FORBID.test(text) ? JSON.parse(text, dropForbidden) : JSON.parse(text);

/** @returns undefined if it is no JSON */
export const parseJson = (text: string): unknown => {
  try {
    return parseValues(text);
  } catch {
    return undefined;
  }
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value can be a time or a duration in milliseconds. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
