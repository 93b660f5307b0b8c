import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { formatPolicy, policyOf } from './session-policy.js';
import { isClosable, isPingable } from '../stores/session-store.js';

/** Makes sure that the store answers before the application starts, and closes what it opened when that ends. */
export class StoreLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Session');

  constructor(private readonly options: ResolvedSessionOptions) {}

  async onModuleInit(): Promise<void> {
    this.logger.debug(formatPolicy(policyOf(this.options)));
    for (const notice of this.options.notices) this.logger.log(notice);
    for (const warning of this.options.warnings ?? []) this.logger.warn(warning);
    for (const limitation of this.options.store.limitations ?? []) this.logger.warn(limitation);
    if (isPingable(this.options.store)) await this.options.store.ping();
  }

  async onApplicationShutdown(): Promise<void> {
    if (isClosable(this.options.store)) await this.options.store.close();
  }
}
