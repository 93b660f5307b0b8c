import { randomFillSync } from 'node:crypto';

// One call into the kernel's generator serves many.
const pool = Buffer.allocUnsafe(2_048);
let used = pool.length;

/** So many bytes from the system's CSPRNG, base64url. Nobody else gets the same ones. @param bytes at most 64 */
export function randomText(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString('base64url', used, used + bytes);
  pool.fill(0, used, used + bytes);
  used += bytes;
  return text;
}
