import { getConfigToken } from '@nestjs/config';

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
