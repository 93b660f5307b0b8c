import { createHmac, hkdfSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RotationKind, SecretState, SessionRecord } from '../core/record.js';
import { randomText } from '../core/random-text.js';
import { isSessionName, newSecret, newSessionName } from '../core/session-name.js';
import type { BegunSession, NextToken, SessionNames, TokenStatus } from '../engine/session-names.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { hasHash, hashToken, parseToken, tokenText } from './token-format.js';

const NONCE_BYTES = 16;
/** How long (ms) a request that began before a rotation by age may take and still get the new token. */
const MAX_REQUEST = 60_000;

/**
 * One login, one name: the key never changes, and the secret beside it does. `next()` is a keyed function of the previous
 * token and the record's nonce, so two requests that replace one secret at the same time compute the same next token. It
 * cannot be computed without the key, the previous token and the record.
 */
export class NamedTokens implements SessionNames {
  readonly rotatesInPlace = true;
  readonly parse = parseToken;
  private readonly nextKey: Uint8Array;

  constructor(private readonly options: Pick<ResolvedSessionOptions, 'secrets' | 'genid' | 'clock'>) {
    const [secret = ''] = options.secrets;
    this.nextKey = new Uint8Array(hkdfSync('sha256', secret, '', 'nest-session:next', 32));
  }

  begin(req: IncomingMessage): BegunSession {
    const name = this.options.genid?.(req) ?? newSessionName();
    const token = tokenText(name, 0, newSecret());
    const secret = {
      hash: hashToken(token),
      generation: 0,
      floor: 0,
      by: 'begun',
      at: this.options.clock.now(),
      nonce: randomText(NONCE_BYTES),
    } as const;
    return { key: name, handle: name, token, generation: 0, id: `${name}.0`, secret };
  }

  handleOf(key: string): string {
    return key;
  }

  parseHandle(handle: string): string | undefined {
    return typeof handle === 'string' && isSessionName(handle) ? handle : undefined;
  }

  idOf(key: string, { secret }: SessionRecord): string {
    return `${key}.${secret?.floor ?? 0}`;
  }

  statusOf(token: string, { secret }: SessionRecord): TokenStatus {
    // A record without a secret cannot be opened.
    if (!secret) return 'replaced';
    if (hasHash(token, secret.hash)) return 'current';
    if (secret.was && this.options.clock.now() < secret.was.until && hasHash(token, secret.was.hash)) return 'grace';
    const parsed = parseToken(token);
    return parsed && parsed.generation >= secret.generation ? 'ahead' : 'replaced';
  }

  current(token: string, record: SessionRecord, now: number): string | undefined {
    const { secret } = record;
    if (!secret) return undefined;
    if (hasHash(token, secret.hash)) return token;
    if (secret.by !== 'age' || now >= secret.at + MAX_REQUEST) return undefined;
    return this.tokenAfter(token, record);
  }

  next(
    token: string,
    { generation, hash, floor }: SecretState,
    by: RotationKind,
    { now, grace }: { now: number; grace: number },
  ): NextToken {
    const nonce = randomText(NONCE_BYTES);
    const next = this.derive(token, nonce, generation + 1);
    const secret = {
      hash: hashToken(next),
      generation: generation + 1,
      floor: by === 'age' ? floor : generation + 1,
      by,
      at: now,
      nonce,
      ...(by === 'age' && { was: { hash, until: now + grace } }),
    };
    return { token: next, secret };
  }

  tokenAfter(token: string, { secret }: SessionRecord): string | undefined {
    if (!secret) return undefined;
    const next = this.derive(token, secret.nonce, secret.generation);
    return hasHash(next, secret.hash) ? next : undefined;
  }

  private derive(token: string, nonce: string, generation: number): string {
    const { key: name = '' } = parseToken(token) ?? {};
    const secret = createHmac('sha256', this.nextKey).update(`${token}\0${nonce}`).digest('base64url');
    return tokenText(name, generation, secret);
  }
}
