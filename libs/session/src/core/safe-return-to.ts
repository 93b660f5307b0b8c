// One "/", then neither "/" nor "\": anything else names another host. Printable ASCII without space.
const ON_THIS_SITE = /^\/(?![/\\])[\x21-\x7e]*$/;
const MAX_LENGTH = 2048;
const BASE = 'http://localhost';

const isOnThisSite = (path: string): boolean => path.length <= MAX_LENGTH && ON_THIS_SITE.test(path);

/**
 * A path on this site to send a browser back to after login, from a value that it sent. Anything else gives the
 * fallback: another origin, `//host`, `/\host`, a scheme, control characters (open redirects, OWASP). The path comes
 * back in its normal form, without `.` and `..`, and it is this form that is checked: `/.//host` is another origin.
 *
 * @param value what the browser sent
 * @param fallback path to use otherwise
 * @example
 * res.redirect(303, safeReturnTo(body.returnTo, '/dashboard'));
 */
export function safeReturnTo(value: unknown, fallback = '/'): string {
  if (typeof value !== 'string' || !isOnThisSite(value) || !URL.canParse(value, BASE)) return fallback;
  const { origin, username, pathname, search, hash } = new URL(value, BASE);
  const path = `${pathname}${search}${hash}`;
  return origin === BASE && username === '' && isOnThisSite(path) ? path : fallback;
}
