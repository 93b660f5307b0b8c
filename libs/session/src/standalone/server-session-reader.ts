import { absoluteDeadline, isExpired } from '../core/deadlines.js';
import type { SessionNames } from '../engine/session-names.js';
import { SignedTokenTransport } from '../http/transport/signed-token.transport.js';
import { NamedTokens } from '../server/named-tokens.js';
import { PlainIds } from '../server/plain-ids.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { askStore } from './ask-store.js';
import { cookieHeader, type CookieSource } from './cookie-source.js';
import { fromOptions } from './from-options.js';
import { readSession, type AnySession, type ReadSession } from './read-session.js';
import {
  resolveServerReaderOptions,
  type ServerReaderSettings,
  type ServerSessionReaderOptions,
} from './server-reader-options.js';

interface Parts {
  readonly settings: ServerReaderSettings;
  readonly transport: SignedTokenTransport;
  readonly names: SessionNames;
}

/**
 * Sessions that Nest keeps in a store, for Next.js and any other code without Nest. Created by
 * {@link createServerSessionReader}.
 */
export class ServerSessionReader<T extends object = AnySession> {
  private readonly parts: () => Parts;

  constructor(options: ServerSessionReaderOptions | (() => ServerSessionReaderOptions)) {
    this.parts = fromOptions(options, partsOf);
  }

  /**
   * The session of a request. Never writes, deletes or renews: sessions are changed in Nest, and a session that is only
   * read here ends by its idle timeout.
   * @returns null if there is none, or if it is forged, expired or over
   * @throws `SessionStoreError` during an outage of the store, in which no user must be treated as signed out
   * @throws `SessionUsageError`, code `SESSION_COOKIE_SOURCE`, for something that cookies cannot be read from
   * @throws `SessionConfigError` if the options were given as a function and cannot work
   *
   * @example
   * const session = await sessions.read(await cookies());
   * if (!session?.data.user) redirect('/login');
   */
  async read(source: CookieSource): Promise<ReadSession<T> | null> {
    const { settings, transport, names } = this.parts();
    const { tokens } = transport.read(cookieHeader(source, [settings.name]));
    const found: ReadSession<T>[] = [];
    for (const token of tokens) {
      const presented = names.parse(token);
      const stored = presented && (await askStore('session store', () => settings.store.read(presented.key)));
      if (!presented || !isStoredSession(stored) || !isLive(settings, stored)) continue;
      const status = names.statusOf(token, stored.record);
      if (status === 'current' || status === 'grace') found.push(readSession(presented.handle, stored.record));
    }
    // With several sessions, the user of the browser is ambiguous.
    return (found.length === 1 ? found[0] : undefined) ?? null;
  }
}

function partsOf(options: ServerSessionReaderOptions): Parts {
  const settings = resolveServerReaderOptions(options);
  const { name, secrets, clock, store } = settings;
  const plain = store.keys === 'plain';
  return {
    settings,
    transport: new SignedTokenTransport({ name, secrets, clock, cache: undefined }, plain),
    names: plain ? new PlainIds({}) : new NamedTokens({ secrets, clock }),
  };
}

/** Applies the same deadlines as Nest. */
function isLive({ store, policy, clock }: ServerReaderSettings, { record }: StoredSession): boolean {
  const now = clock.now();
  return (
    now < absoluteDeadline(record, policy) && (store.keepsIdleDeadline === true || !isExpired(record, policy, now))
  );
}

/**
 * Reads the sessions that Nest keeps in a store. It cannot write: the front end calls Nest for that.
 *
 * @param options those of `SessionModule`; or a function that returns them, which is called at the first use, so that
 * nothing has to be configured while Next.js builds
 * @throws `SessionConfigError` with every problem of the options at once, here or at the first use
 *
 * @example
 * export const sessions = createServerSessionReader<AppSession>(() => ({
 *   secret: process.env.SESSION_SECRET!,
 *   store: redisStore({ url: process.env.REDIS_URL! }),
 * }));
 */
export const createServerSessionReader = <T extends object = AnySession>(
  options: ServerSessionReaderOptions | (() => ServerSessionReaderOptions),
): ServerSessionReader<T> => new ServerSessionReader<T>(options);
