import type { ServerResponse } from 'node:http';

const ENTITY = [
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'Content-Language',
  'Content-Location',
  'Accept-Ranges',
  'Transfer-Encoding',
  'Trailer',
  'ETag',
  'Last-Modified',
  'Expires',
  'Location',
  'Set-Cookie',
];

/**
 * Removes headers that describe the application's response, which is replaced. Headers of the server (CORS, security,
 * request ids) stay.
 */
export function removeEntityHeaders(res: ServerResponse): void {
  for (const header of ENTITY) res.removeHeader(header);
  // HTTP/2 has no status message, and reading it causes a warning.
  if (res.req.httpVersionMajor < 2 && res.statusMessage) res.statusMessage = '';
}
