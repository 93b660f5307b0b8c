import type { SetCookie } from 'cookie';
import type { SessionRecord } from '../core/record.js';
import { clearedCookie, cookieValues, setCookieOf } from '../http/transport/session-cookie.js';
import { chunkNames, readSeals, splitSeal } from '../seals/seal-cookies.js';
import type { SealedSessions } from '../seals/sealed-sessions.js';
import { askStore } from './ask-store.js';
import { cookieHeader, type CookieSource } from './cookie-source.js';
import type { SealedReaderSettings } from './sealed-reader-options.js';

/** A session that a seal holds. */
export interface LiveSeal {
  readonly id: string;
  readonly record: SessionRecord;
}

/** What the cookies of a request came to. */
export interface FoundSeal {
  /** The one session among them; undefined if there is none, or more than one. */
  readonly live: LiveSeal | undefined;
  /** The browser's session was replaced by another one a moment ago, and it is about to get that one. */
  readonly replaced: boolean;
  /** Of the cookies that may hold a part of a session, those that the browser has. */
  readonly sent: readonly SetCookie[];
}

/** Sealed sessions in cookies: finds them, and tells which cookies carry one. */
export class SealedJar {
  private readonly names: readonly string[];

  constructor(
    readonly settings: SealedReaderSettings,
    readonly sessions: SealedSessions,
  ) {
    const { cookieName } = settings.sealed;
    this.names = [cookieName, ...chunkNames(cookieName)];
  }

  /** @param how `'peek'` asks no store */
  async find(source: CookieSource, how: 'read' | 'peek'): Promise<FoundSeal> {
    const header = cookieHeader(source, this.names);
    const valuesOf = (name: string): (string | undefined)[] => cookieValues(header, name);
    const live: LiveSeal[] = [];
    let replaced = false;
    let late = false;
    for (const seal of readSeals(this.settings.sealed.cookieName, valuesOf)) {
      const found = await askStore('revocation store', () => this.sessions[how](seal));
      if (found.status === 'live') live.push(found);
      else if (found.status === 'revoked' && found.late) {
        // It can be read for a moment, and not be written.
        live.push(found);
        late = true;
      } else if (found.status === 'revoked') replaced ||= found.replaced;
    }
    const sent = this.names.flatMap((name) => valuesOf(name).map((value) => ({ name, value: value ?? '' })));
    // Of several, nobody can tell whose browser this is.
    return { live: live.length === 1 ? live[0] : undefined, replaced: late || (replaced && live.length === 0), sent };
  }

  /**
   * The cookies that carry a session.
   * @throws `SessionTooLargeError` if it does not fit
   */
  seal({ id, record }: LiveSeal): SetCookie[] {
    const { sealed, clock } = this.settings;
    const seal = this.sessions.seal(id, record);
    const { originalMaxAge } = record.cookie;
    const cookie = { ...record.cookie, expires: originalMaxAge === null ? undefined : new Date(record.expiresAt) };
    return splitSeal(seal, setCookieOf(sealed.cookieName, '', cookie, clock.now()), sealed.chunk, record.data);
  }

  /**
   * What takes cookies out of the browser.
   * @param record the session whose cookies they are
   */
  clear(names: Iterable<string>, record: SessionRecord | undefined): SetCookie[] {
    const attributes = record?.cookie ?? this.settings.newCookie;
    return [...names].map((name) => clearedCookie(name, attributes));
  }

  /** A cookie that the browser has, as it would be set now. */
  again({ name, value }: SetCookie, record: SessionRecord): SetCookie {
    const expires = record.cookie.originalMaxAge === null ? undefined : new Date(record.expiresAt);
    return setCookieOf(name, value ?? '', { ...record.cookie, expires }, this.settings.clock.now());
  }
}
