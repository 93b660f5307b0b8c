import { randomFillSync } from 'node:crypto';

// One call of the kernel's generator serves many values.
const pool = Buffer.allocUnsafe(2_048);
let used = pool.length;

/** Bytes from the system's CSPRNG as base64url. Each byte is handed out once. @param bytes how many, at most 64 */
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
