import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';

/** Ends a response that has begun so that the client can tell: one that ends well would lie. */
export function breakOff(res: ServerResponse & { stream?: ServerHttp2Stream }): void {
  // Destroying a stream of HTTP/2 looks like its end, and any code but this one is an 'error' event on the request.
  if (res.req.httpVersionMajor >= 2) res.stream?.close(constants.NGHTTP2_CANCEL);
  else res.destroy();
}
