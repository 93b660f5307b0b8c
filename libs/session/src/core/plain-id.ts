/**
 * Whether a value has the shape of an id as express-session makes them: what a cookie carries is refused before any store
 * is asked otherwise.
 */
export const isPlainId = (value: string): boolean => value.length <= 256 && /^[\w~!*'().+/=,@:-]+$/.test(value);
