import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { formatPolicy, policyOf } from './session-policy.js';
import { safeCause } from '../stores/store-cause.js';
import type { SessionEvents } from '../events/session-events.js';
import { isClosable, isOpenable, isPingable } from '../stores/session-store.js';

/** How many applications of this process use a store: the last one closes it. */
const users = new WeakMap<object, number>();

/** Checks that the store answers before the application starts, and closes it when the application ends. */
export class StoreLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Session');
  private using = false;

  constructor(
    private readonly options: ResolvedSessionOptions,
    events: SessionEvents,
  ) {
    events.on('storeError', ({ operation, error }) => {
      const cause = error.cause === undefined ? '' : ` Cause: ${safeCause(error.cause, []).message}`;
      this.logger.debug(`The session store failed in ${operation}: ${error.message}${cause}`);
    });
  }

  async onModuleInit(): Promise<void> {
    const { store, notices } = this.options;
    this.logger.debug(formatPolicy(policyOf(this.options)));
    for (const notice of notices) this.logger.log(notice);
    for (const warning of this.options.warnings ?? []) this.logger.warn(warning);
    this.using = true;
    users.set(store, (users.get(store) ?? 0) + 1);
    if (isOpenable(store)) await store.open();
    if (isPingable(store)) await store.ping();
    // A store may find out its limitations at the first check.
    for (const limitation of store.limitations ?? []) this.logger.warn(limitation);
  }

  async onApplicationShutdown(): Promise<void> {
    const { store } = this.options;
    if (!this.using) return;
    this.using = false;
    const left = (users.get(store) ?? 1) - 1;
    users.set(store, left);
    if (left === 0 && isClosable(store)) await store.close();
  }
}
