import type { SessionModuleOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { sealedCookie } from 'nest-session/sealed';
import { ABSOLUTE_TIMEOUT, COOKIE_NAME, sealedOptions } from '../shared/session-options.ts';
import { settings } from '../shared/settings.ts';

/** The session module's options for the kind that the environment asks for. */
export function sessionOptions(): SessionModuleOptions {
  if (settings.kind === 'sealed') {
    return { store: sealedCookie(sealedOptions()), absoluteTimeout: ABSOLUTE_TIMEOUT };
  }
  return {
    secret: settings.password,
    name: COOKIE_NAME,
    cookie: { secure: true },
    store: redisStore({ url: settings.redisUrl }),
    absoluteTimeout: ABSOLUTE_TIMEOUT,
  };
}
