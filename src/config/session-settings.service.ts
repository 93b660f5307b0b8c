import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { memoryStore, type SessionModuleOptions, type SessionOptionsFactory } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import { keptSecret } from './kept-secret.js';
import { SETTINGS, type Settings } from './settings.js';

/** One more login, and the oldest session makes room; its device is told so on the login page. */
export const MAX_SESSIONS_PER_USER = 10;

/** Tells the session module what the environment says. */
@Injectable()
export class SessionSettings implements SessionOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  createSessionOptions(): SessionModuleOptions {
    const { sessionSecret, dataDir } = this.settings;
    return {
      secret: sessionSecret ?? keptSecret(dataDir),
      store: this.store(),
      maxSessionsPerUser: MAX_SESSIONS_PER_USER,
      whenFull: 'evict-oldest',
    };
  }

  private store(): SessionStore {
    const { store, dataDir, redisUrl } = this.settings;
    switch (store) {
      case 'memory':
        return memoryStore();
      case 'sqlite':
        return sqliteStore({ path: join(dataDir, 'sessions.db') });
      case 'redis':
        return redisStore(redisUrl === undefined ? {} : { url: redisUrl });
    }
  }
}
