const PAGES: readonly string[] = ['/dashboard', '/profile'];

/** Where to go after the login. Only pages of this application: a link must not send people elsewhere. */
export const safeReturnTo = (wanted: unknown): string =>
  typeof wanted === 'string' && PAGES.includes(wanted) ? wanted : '/dashboard';
