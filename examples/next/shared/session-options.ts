import type { SealedCookieOptions } from 'nest-session/sealed';
import { sqliteRevocation } from 'nest-session/sqlite';
import { settings } from './settings.ts';

// Whatever the two sides must agree on stands here, once.

/** No session lives longer after its login than this. */
export const ABSOLUTE_TIMEOUT = '8h' as const;

/** Name of the cookie. With the prefix, browsers refuse it from other hosts and over http. */
export const COOKIE_NAME = '__Host-sid';

/** The options of sealed sessions, for the module of Nest and for the reader of Next. */
export const sealedOptions = () =>
  ({
    password: settings.password,
    cookieName: COOKIE_NAME,
    cookieOptions: { secure: true },
    revocation: sqliteRevocation({ path: settings.revocationFile }),
  }) satisfies SealedCookieOptions;
