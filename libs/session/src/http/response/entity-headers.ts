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
 * Takes away what described the application's answer and does not describe the one that replaces it. What describes
 * the server (CORS, security headers, request ids) stays.
 */
export function removeEntityHeaders(res: ServerResponse): void {
  for (const header of ENTITY) res.removeHeader(header);
  // HTTP/2 has no such message and warns when it is looked at.
  if (res.req.httpVersionMajor < 2 && res.statusMessage) res.statusMessage = '';
}
