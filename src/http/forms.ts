import type { Request, Response } from 'express';

/** Whether the request is a form that a browser sent, so that a page has to follow and not JSON. */
export const isForm = (request: Request): boolean => request.is('application/x-www-form-urlencoded') !== false;

/** Sends the browser to another page, which it asks for by GET. */
export function seeOther(response: Response, path: string): void {
  response.status(303).location(path);
}

/** Whether a browser asks for a page. */
export const wantsPage = (request: Request): boolean => /\btext\/html\b/i.test(request.headers.accept ?? '');
