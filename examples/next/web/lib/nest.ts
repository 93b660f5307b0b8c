import { settings } from '../../shared/settings.ts';

/** What Next asks the API for. */
export type NestPath = '/login' | '/logout' | '/note';

/** Asks the API in the name of the browser whose cookies these are. Its Set-Cookie lines are to be passed on. */
export function callNest(method: 'POST' | 'PUT', path: NestPath, cookie: string, body?: unknown): Promise<Response> {
  return fetch(new URL(path, settings.apiUrl), {
    method,
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
    cache: 'no-store',
  });
}

/** @throws unless the API said yes, or one of the answers that the caller deals with */
export function expectAnswer(response: Response, ...others: number[]): void {
  if (!response.ok && !others.includes(response.status)) throw new Error(`The API answered ${response.status}.`);
}
