/** What a cookie's header says of its end, in milliseconds since the epoch; null for one that ends with the browser. */
export function endOf(lines: readonly string[], now: number, name = 'sid'): { maxAge: number; expires: number } | null {
  const line = lines.find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error('There is no cookie.');
  const maxAge = /Max-Age=(\d+)/.exec(line)?.[1];
  const expires = /Expires=([^;]+)/.exec(line)?.[1];
  if (maxAge === undefined || expires === undefined) {
    if (maxAge ?? expires) throw new Error(`A cookie ends in one way and not in the other: ${line}`);
    return null;
  }
  return { maxAge: now + Number(maxAge) * 1000, expires: Date.parse(expires) };
}
