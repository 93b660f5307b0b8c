import type { Request, Response } from 'express';
import { safeReturnTo } from 'nest-session';

/** Whether the request is a form that a browser sent, so that a page has to follow and not JSON. */
export const isForm = (request: Request): boolean => request.is('application/x-www-form-urlencoded') !== false;

/** Sends the browser to another page, which it asks for by GET. */
export function seeOther(response: Response, path: string): void {
  response.status(303).location(path);
}

/** The page on this site that the browser comes from; empty if that is none, or not known. */
export function refererPath(request: Request): string {
  const { referer, host } = request.headers;
  if (referer === undefined || !URL.canParse(referer)) return '';
  const url = new URL(referer);
  return url.host === host ? safeReturnTo(`${url.pathname}${url.search}`, '') : '';
}

/** Whether a browser asks for a page. */
export const wantsPage = (request: Request): boolean => /\btext\/html\b/i.test(request.headers.accept ?? '');
