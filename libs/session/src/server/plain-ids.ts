import type { IncomingMessage } from 'node:http';
import { digest, shortDigest } from '../core/digest.js';
import type { SecretState } from '../core/record.js';
import { newSecret } from '../core/session-name.js';
import type { BegunSession, NextToken, PresentedToken, SessionNames, TokenStatus } from '../engine/session-names.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';

/**
 * The token is the id and the id is the key, as in express-session: for records that both share. A rotation moves the
 * record to another key, and a handle is a hash of the id.
 */
export class PlainIds implements SessionNames {
  readonly rotatesInPlace = false;

  constructor(private readonly options: Pick<ResolvedSessionOptions, 'genid'>) {}

  begin(req: IncomingMessage): BegunSession {
    const id = this.options.genid?.(req) ?? newSecret();
    return { key: id, handle: this.handleOf(id), token: id, generation: 0, id };
  }

  parse(token: string): PresentedToken | undefined {
    return { key: token, handle: this.handleOf(token), generation: 0 };
  }

  handleOf(key: string): string {
    return shortDigest(`handle:${digest(key)}`);
  }

  parseHandle(): undefined {
    return undefined;
  }

  idOf(key: string): string {
    return key;
  }

  statusOf(): TokenStatus {
    return 'current';
  }

  current(token: string): string {
    return token;
  }

  next(token: string, before: SecretState): NextToken {
    return { token, secret: before };
  }

  tokenAfter(): undefined {
    return undefined;
  }
}
