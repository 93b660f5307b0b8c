import type { SetCookie } from 'cookie';
import { MAX_LATENESS } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import { clearedCookie, cookieValues, setCookieOf } from '../http/transport/session-cookie.js';
import { chunkNames, readSeals, splitSeal } from '../seals/seal-cookies.js';
import type { SealedSession } from '../seals/opened-seals.js';
import { SealedSessions, type SealedLookup } from '../seals/sealed-sessions.js';
import { askStore } from './ask-store.js';
import { cookieHeader, type CookieSource } from './cookie-source.js';
import type { SealedReaderSettings } from './sealed-reader-options.js';

/** The sealed sessions in the cookies of a request. */
export interface FoundSeal {
  /** The one session among them; undefined if there is none, or more than one. */
  readonly live: SealedSession | undefined;
  /** All sessions of which the browser has sent a seal, valid or not. */
  readonly presented: readonly SealedSession[];
  /** A login, a logout or a rotation elsewhere has just replaced the browser's seal, or this process cannot read it. */
  readonly replaced: boolean;
  /** The cookies of the browser that may hold a part of a session. */
  readonly sent: readonly SetCookie[];
}

/** Finds sealed sessions in cookies, and makes the cookies of a session. */
export class SealedJar {
  private readonly names: readonly string[];

  readonly sessions: SealedSessions;

  constructor(readonly settings: SealedReaderSettings) {
    const { sealed, policy, clock, usualCookie: cookie, userKey } = settings;
    this.names = [sealed.cookieName, ...chunkNames(sealed.cookieName)];
    this.sessions = new SealedSessions({
      settings: sealed,
      policy,
      clock,
      cookie,
      // Only Nest rotates by age, and its grace is in the revocation store.
      grace: 0,
      userKey,
      ask: (call) => askStore('revocation store', call),
      requireFit: (seal, record) => void this.split(seal, record),
    });
  }

  /** @param how `'peek'` asks no store */
  async find(source: CookieSource, how: 'read' | 'peek'): Promise<FoundSeal> {
    const header = cookieHeader(source, this.names);
    const valuesOf = (name: string): (string | undefined)[] => cookieValues(header, name);
    const live: SealedSession[] = [];
    const presented = new Map<string, SealedSession>();
    let replaced = false;
    for (const seal of readSeals(this.settings.sealed.cookieName, valuesOf)) {
      const found = await this.sessions[how](seal);
      if (found.status === 'live') live.push(found);
      else replaced ||= isReplaced(found, this.settings.clock.now());
      if (found.status !== 'invalid' && !presented.has(found.name)) presented.set(found.name, found);
    }
    const sent = this.names.flatMap((name) => valuesOf(name).map((value) => ({ name, value: value ?? '' })));
    // With several sessions, the user of the browser is ambiguous.
    const only = live.length === 1 ? live[0] : undefined;
    return { live: only, presented: [...presented.values()], replaced: replaced && live.length === 0, sent };
  }

  /**
   * The cookies that carry a seal.
   * @throws `SessionTooLargeError` if it does not fit
   */
  split(seal: string, record: SessionRecord): SetCookie[] {
    const { sealed, clock } = this.settings;
    const { originalMaxAge } = record.cookie;
    const cookie = { ...record.cookie, expires: originalMaxAge === null ? undefined : new Date(record.expiresAt) };
    return splitSeal(seal, setCookieOf(sealed.cookieName, '', cookie, clock.now()), sealed.chunk, record.data);
  }

  /**
   * The cookies that clear others in the browser.
   * @param record the session whose cookies they are
   */
  clear(names: Iterable<string>, record: SessionRecord | undefined): SetCookie[] {
    const attributes = record?.cookie ?? this.settings.newCookie;
    return [...names].map((name) => clearedCookie(name, attributes));
  }

  /** A cookie of the browser, as it would be set now. */
  again({ name, value }: SetCookie, record: SessionRecord): SetCookie {
    const expires = record.cookie.originalMaxAge === null ? undefined : new Date(record.expiresAt);
    return setCookieOf(name, value ?? '', { ...record.cookie, expires }, this.settings.clock.now());
  }
}

/** Whether the browser is about to get another cookie, or this process must not overwrite its cookie. */
function isReplaced(found: Exclude<SealedLookup, { readonly status: 'live' }>, now: number): boolean {
  if (found.status === 'invalid') return found.name !== undefined;
  if (found.status === 'expired' || !found.entry || now >= found.entry.at + MAX_LATENESS) return false;
  return found.status === 'replaced' || found.entry.over === 'replaced' || found.entry.over === 'signed-out';
}
