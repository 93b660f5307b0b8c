import type { Clock } from '../core/clock.js';
import { absoluteDeadline, isExpired, type ExpiryPolicy } from '../core/deadlines.js';
import { shortDigest } from '../core/digest.js';
import type { CookieRecord, SessionRecord } from '../core/record.js';
import { SealCache } from './seal-cache.js';
import { decodePayload, encodePayload } from './sealed-payload.js';
import type { SealedSettings } from './sealed-settings.js';
import { Sealer, type SealFault } from './sealer.js';

/** The session in a seal. */
export interface SealedSession {
  readonly name: string;
  /** The generation of the seal is that of its secret. */
  readonly record: SessionRecord;
}

/** The content of a seal, before the revocation store is asked. */
export type OpenedSeal =
  | (SealedSession & {
      readonly status: 'valid';
      /** Has to be sealed again, even without a change. */
      readonly outdated: boolean;
    })
  | (SealedSession & { readonly status: 'expired'; readonly deadline: 'idle' | 'absolute' })
  /** `name` is set for a session of another time or a newer release, which nothing may replace. */
  | { readonly status: 'invalid'; readonly reason: SealFault | 'time' | 'version'; readonly name?: string };

/** The value of `expiryOf` for a session that never ends. */
const NEVER = 8_640_000_000_000_000;

/** Seals and opens sessions, without a store. */
export class OpenedSeals {
  private readonly sealer: Sealer;
  private readonly cache: SealCache;

  constructor(
    private readonly settings: SealedSettings,
    private readonly policy: ExpiryPolicy,
    private readonly clock: Clock,
    /** The default attributes of the cookie. */
    private readonly cookie: CookieRecord,
  ) {
    const { passwords, interop, cookieName } = settings;
    this.sealer = new Sealer({ passwords, purpose: interop ? undefined : `session:${cookieName}` });
    this.cache = new SealCache(clock);
  }

  seal(name: string, record: SessionRecord): string {
    const expiresAt = record.expiresAt >= NEVER ? Infinity : record.expiresAt;
    return this.sealer.seal(encodePayload(name, record, this.cookie), expiresAt);
  }

  async open(seal: string): Promise<OpenedSeal> {
    const opened = await this.cache.open(seal, (text) => this.sealer.open(text));
    if (!opened.ok) return { status: 'invalid', reason: opened.fault };
    const now = this.clock.now();
    const payload = decodePayload(opened.text, {
      policy: this.policy,
      foreignTtl: this.settings.interop ? this.settings.ttl : undefined,
      cookie: this.cookie,
      now,
      sealExpiresAt: opened.expiresAt,
      unmarked: !seal.includes('~'),
      foreignName: () => shortDigest(seal.split('~', 1)[0] ?? seal),
    });
    if ('fault' in payload) {
      const { fault: reason, ...rest } = payload;
      return { status: 'invalid', reason, ...rest };
    }
    const { name, record, foreign } = payload;
    if (isExpired(record, this.policy, now)) {
      const overdue = now >= absoluteDeadline(record, this.policy);
      return { status: 'expired', name, record, deadline: overdue ? 'absolute' : 'idle' };
    }
    return { status: 'valid', name, record, outdated: foreign || opened.outdated };
  }
}
