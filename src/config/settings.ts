import { getConfigToken, registerAs } from '@nestjs/config';
import { readSettings, type Environment } from './read-settings.js';

export type StoreKind = 'memory' | 'sqlite' | 'redis';

/** What the environment says, checked, with defaults. */
export interface Settings {
  readonly production: boolean;
  readonly port: number;
  /** Undefined: one is made and kept in the data folder. */
  readonly sessionSecret: string | undefined;
  readonly store: StoreKind;
  readonly redisUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  /** Express' `trust proxy`: how many proxies, or which. */
  readonly trustProxy: number | readonly string[];
  readonly dataDir: string;
}

/** The token to inject {@link Settings} by. */
export const SETTINGS = getConfigToken('settings');

/** The settings for `ConfigModule.forRoot({ load })`. */
export const settingsFrom = (env: Environment) => registerAs('settings', () => readSettings(env));
