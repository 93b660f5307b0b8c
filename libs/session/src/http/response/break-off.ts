import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';

/** Aborts a response that has begun, so that the client notices: a normal end would claim success. */
export function breakOff(res: ServerResponse & { stream?: ServerHttp2Stream }): void {
  // In HTTP/2, destroying the stream looks like a normal end, and any other code causes an 'error' event on the request.
  if (res.req.httpVersionMajor >= 2) res.stream?.close(constants.NGHTTP2_CANCEL);
  else res.destroy();
}
