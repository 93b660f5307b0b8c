import type { ServerResponse } from 'node:http';

type HeaderValue = number | string | readonly string[];

/**
 * Moves the headers that `writeHead(status, [message], [headers])` was given into the response. As arguments they
 * would replace headers of the same name, a Set-Cookie of ours among them.
 * @returns the arguments that are left
 */
export function applyWriteHeadHeaders(res: ServerResponse, args: unknown[]): unknown[] {
  // The message may be left out.
  const at = typeof args[1] === 'object' && args[1] !== null ? 1 : 2;
  const headers = args[at];
  if (typeof headers !== 'object' || headers === null) return args;
  if (Array.isArray(headers)) appendPairs(res, headers);
  else {
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) res.setHeader(name, value as HeaderValue);
  }
  return args.slice(0, at);
}

/** Pairs come as `[name, value, name, value]` or `[[name, value], ...]`; a name that repeats has several values. */
function appendPairs(res: ServerResponse, headers: unknown[]): void {
  const flat = headers.every(Array.isArray)
    ? (headers as unknown[][]).flatMap(([name, value]) => [name, value])
    : headers;
  if (flat.length % 2 !== 0) {
    throw Object.assign(new TypeError("The argument 'headers' has a name without a value"), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  const pairs: [string, HeaderValue][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([String(flat[i]), flat[i + 1] as HeaderValue]);
  for (const name of new Set(pairs.map(([key]) => key.toLowerCase()))) res.removeHeader(name);
  for (const [name, value] of pairs) res.appendHeader(name, typeof value === 'number' ? String(value) : value);
}
