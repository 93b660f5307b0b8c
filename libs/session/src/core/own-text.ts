/**
 * A copy of an ASCII string that keeps nothing else in memory: a substring keeps the whole string alive, such as a cookie
 * the header that it came in.
 */
export const ownText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
