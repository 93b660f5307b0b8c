/**
 * A copy of ASCII text that keeps nothing else in memory: a part of a text holds on to the whole of it, as a cookie to the
 * header that it came in.
 */
export const ownText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
