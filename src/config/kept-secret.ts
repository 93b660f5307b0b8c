import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The secret that is kept in a folder, so that a restart logs no user out. It is made at the first start, for its owner
 * only.
 */
export function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'session-secret');
  const secret = read(file) ?? create(dataDir, file);
  if (secret.length < 32) throw new Error(`${file} holds no secret. Delete it, and a new one is made.`);
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return secret;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Two processes that start together end up with the same secret: whichever came first. */
function create(dataDir: string, file: string): string {
  const secret = randomBytes(32).toString('base64url');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    // Appears under its name whole or not at all, and never in place of another one.
    linkSync(draft, file);
    return secret;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return readFileSync(file, 'utf8').trim();
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
