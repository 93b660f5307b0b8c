import { isAbsolute, join } from 'node:path';

/** Where sessions live: in the cookie itself, sealed, or in Redis. */
export type SessionKind = 'sealed' | 'redis';

const PASSWORD_LENGTH = 32;
const LOCAL: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Read when it is needed, so that `next build` needs no environment. */
export const settings = {
  /** @throws if it is neither `sealed` nor `redis` */
  get kind(): SessionKind {
    const kind = process.env['SESSION_KIND'] ?? 'sealed';
    if (kind !== 'sealed' && kind !== 'redis') throw new Error("SESSION_KIND must be 'sealed' or 'redis'.");
    return kind;
  },
  /**
   * Seals the cookie, or signs it where sessions are in Redis. There is no default: who knows it can sign in as any user.
   * @throws if there is none, or if it is short
   */
  get password(): string {
    const password = process.env['SESSION_PASSWORD'];
    if (password === undefined || password.length < PASSWORD_LENGTH) {
      throw new Error(
        `SESSION_PASSWORD must be at least ${PASSWORD_LENGTH} random characters. Make one: openssl rand -base64 32`,
      );
    }
    return password;
  },
  /**
   * The address that people type.
   * @throws if it is http to another machine: browsers keep the cookie, which is Secure, for https and for localhost
   */
  get publicUrl(): URL {
    const url = new URL(process.env['PUBLIC_URL'] ?? 'http://localhost:3000');
    if (url.protocol !== 'https:' && !LOCAL.includes(url.hostname)) {
      throw new Error('PUBLIC_URL must begin with https:, or be of localhost.');
    }
    return url;
  },
  /** Where the API listens. `next build` writes it into the rewrites. */
  get apiUrl(): URL {
    return new URL(process.env['API_URL'] ?? 'http://127.0.0.1:3001');
  },
  get redisUrl(): string {
    return process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  },
  /**
   * The file in which both processes find the sealed sessions that were signed out.
   * @throws if DATA_DIR is not absolute: two processes in two folders would not find the same file
   */
  get revocationFile(): string {
    const folder = process.env['DATA_DIR'];
    if (folder === undefined || !isAbsolute(folder)) {
      throw new Error('DATA_DIR must be the absolute path of a folder that the API and the web application share.');
    }
    return join(folder, 'revoked-sessions.db');
  },
};

/** @throws with what is wrong, at the start instead of at the first request */
export function checkSettings(): void {
  void settings.password;
  void settings.publicUrl;
  void settings.apiUrl;
  if (settings.kind === 'sealed') void settings.revocationFile;
}
