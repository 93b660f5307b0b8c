import { createServerSessionReader } from 'nest-session/standalone';
import { redisStore } from 'nest-session/redis';
import type { AppSession } from '../../shared/session-data.ts';
import { ABSOLUTE_TIMEOUT, COOKIE_NAME } from '../../shared/session-options.ts';
import { settings } from '../../shared/settings.ts';
import { once } from './once.ts';

const store = once('redis-store', () => redisStore({ url: settings.redisUrl }));

/** Reads what the API keeps in Redis. To change it, ask the API. */
export const redisSessions = createServerSessionReader<AppSession>(() => ({
  secret: settings.password,
  name: COOKIE_NAME,
  store: store(),
  absoluteTimeout: ABSOLUTE_TIMEOUT,
}));
