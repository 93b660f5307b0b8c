/**
 * Whether a value has the shape of an express-session id. Cookies with any other value are refused before the store is
 * asked.
 */
export const isPlainId = (value: string): boolean => value.length <= 256 && /^[\w~!*'().+/=,@:-]+$/.test(value);
