/** What only this person may see belongs in no cache. */
export const PRIVATE = { 'cache-control': 'private, no-store' };

export const answer = (body: unknown): Response => Response.json(body, { headers: PRIVATE });

/** The answer without a login. */
export const unauthenticated = (): Response =>
  Response.json({ message: 'Sign in to continue.' }, { status: 401, headers: PRIVATE });

/**
 * Whether another site made the browser send this. Server actions and the API have such a check built in; SameSite=Lax
 * alone lets a neighbouring subdomain through.
 */
export function isForeign(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site') ?? 'none';
  return site !== 'same-origin' && site !== 'none';
}
