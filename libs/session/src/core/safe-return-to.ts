/**
 * A path on this site to send a browser back to after login, from a value that it sent. Anything else gives the
 * fallback: another origin, `//host`, `/\host`, a scheme, control characters (open redirects, OWASP).
 *
 * @param value what the browser sent
 * @param fallback path to use otherwise
 * @example
 * res.redirect(303, safeReturnTo(body.returnTo, '/dashboard'));
 */
export function safeReturnTo(value: unknown, fallback = '/'): string {
  if (typeof value !== 'string' || value.length > 2048 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value)) return fallback;
  const base = 'http://localhost';
  try {
    const url = new URL(value, base);
    return url.origin === base && url.username === '' ? `${url.pathname}${url.search}${url.hash}` : fallback;
  } catch {
    return fallback;
  }
}
