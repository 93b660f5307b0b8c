import type { ConfigProblem } from '../errors/session-config.error.js';
import { newCookie, recordCookie } from '../engine/cookie-record.js';
import type { SessionEngine } from '../engine/session-engine.js';
import type { SessionEvents } from '../events/session-events.js';
import type { SessionBackend } from '../http/session-backend.js';
import type { SessionTransport } from '../http/transport/session-transport.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SealedCookieOptions } from '../seals/sealed-options.js';
import { resolveSealedOptions, unfitForProduction, type ResolvedSealedOptions } from '../seals/sealed-settings.js';
import type { CookieStoreSettings } from '../stores/cookie-store.js';
import { SealedTransport } from './sealed.transport.js';
import { SealedEngine } from './sealed.engine.js';

/** Made by {@link sealedCookie}. */
export class SealedCookieStore implements SessionBackend {
  readonly recordInCookie = true;
  private readonly resolved: ResolvedSealedOptions;

  constructor(given: SealedCookieOptions) {
    this.resolved = resolveSealedOptions(given, 'sealedCookie');
  }

  get limitations(): readonly string[] {
    const { revocation } = this.resolved.settings;
    return revocation
      ? (revocation.limitations ?? [])
      : [
          "sealedCookie({ revocation: 'none' }): logout clears the cookie in the browser, and a copy of it stays valid until it expires.",
        ];
  }

  get settings(): CookieStoreSettings {
    const { cookieName, ttl, maxAge, attributes, revocation } = this.resolved.settings;
    return {
      name: cookieName,
      cookie: { ...attributes, maxAge: maxAge ?? undefined },
      idleTimeout: maxAge ?? ttl,
      revocation: revocation ? { staleness: revocation.staleness ?? 0 } : 'none',
    };
  }

  problems(production: boolean): readonly ConfigProblem[] {
    const { settings, problems } = this.resolved;
    return production ? [...problems, ...unfitForProduction(settings.revocation, 'sealedCookie')] : problems;
  }

  createEngine(options: ResolvedSessionOptions, events: SessionEvents): SessionEngine {
    const { settings } = this.resolved;
    return new SealedEngine(options, events, { settings, cookie: recordCookie(newCookie(options.cookie, false)) });
  }

  createTransport(options: ResolvedSessionOptions): SessionTransport {
    return new SealedTransport(options, this.resolved.settings.chunk);
  }

  async ping(): Promise<void> {
    await this.resolved.settings.revocation?.ping?.();
  }

  async close(): Promise<void> {
    await this.resolved.settings.revocation?.close?.();
  }
}

/**
 * Keeps each session in its own cookie, encrypted, and needs no store: give it as `store` of `SessionModule`. It
 * holds at most about 2.7 kB of JSON, concurrent requests can lose each other's changes, and logout needs
 * {@link SealedCookieOptions.revocation} to end copies of a cookie.
 *
 * @example
 * SessionModule.forRoot({
 *   store: sealedCookie({
 *     password: process.env.SESSION_PASSWORD,
 *     revocation: redisRevocation({ url: process.env.REDIS_URL }),
 *   }),
 * })
 * @returns the value of `store`. Problems of its options are reported with all others, at start
 */
export const sealedCookie = (options: SealedCookieOptions): SealedCookieStore => new SealedCookieStore(options);
