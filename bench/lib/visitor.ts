// The user of a session, made so that the session is as large as asked, and what the routes answer.

/** @param number of the user. All users of one size have JSON of one length. */
export function userOf(number: number, bytes: number): { id: string; name: string } {
  const user = { id: `u${String(number).padStart(8, '0')}`, name: '' };
  return { ...user, name: 'x'.repeat(bytes - JSON.stringify({ user }).length) };
}

const EXACT: Readonly<Record<string, string>> = {
  '/anonymous': '{"hello":"world"}',
  '/guarded': '{"hello":"world"}',
  '/login': '{"ok":true}',
  '/logout': '{"ok":true}',
};

/** A function that says whether a body is what the route has to answer. */
export function expectedBody({ path, bytes }: { path: string; bytes: number }): (body: string) => boolean {
  if (path === '/write') return (body) => /^\{"n":\d+\}$/.test(body);
  const exact = EXACT[path];
  if (exact) return (body) => body === exact;
  // Every user has another number.
  const whole = JSON.stringify({ user: userOf(0, bytes) });
  const start = whole.slice(0, whole.indexOf('0'));
  const end = whole.slice(whole.lastIndexOf('0') + 1);
  return (body) => body.length === whole.length && body.startsWith(start) && body.endsWith(end);
}
