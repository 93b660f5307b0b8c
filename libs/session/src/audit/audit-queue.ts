import { Logger } from '@nestjs/common';
import type { AuditEntry } from './audit-entry.js';
import type { AuditWriter } from './audit-writer.js';

/** Settings of the queue, with their defaults filled in. */
export interface AuditQueueOptions {
  /** How many entries wait at most; further ones are dropped. */
  readonly maxQueue: number;
  /** Milliseconds that an entry waits for others to be written with it. */
  readonly flushInterval: number;
  /** Milliseconds that the application waits for the last entries when it closes. */
  readonly closeTimeout: number;
}

/** How many entries are written at once. */
const BATCH = 500;
const TRIES = 5;
/** The longest pause (ms) between two tries. */
const MAX_PAUSE = 30_000;

/** Keeps entries until they are written, in order, by one writer at a time. Bounded: it drops entries when it is full. */
export class AuditQueue {
  private readonly logger = new Logger('SessionAudit');
  private waiting: AuditEntry[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private tries = 0;
  private dropped = 0;

  constructor(
    private readonly writer: AuditWriter,
    private readonly options: AuditQueueOptions,
  ) {}

  /** Never throws, and never waits. */
  add(entry: AuditEntry): void {
    if (this.waiting.length >= this.options.maxQueue) {
      this.drop(1, 'entries arrive faster than they are written');
      return;
    }
    this.waiting.push(entry);
    this.schedule(this.waiting.length >= BATCH ? 0 : this.options.flushInterval);
  }

  /** Writes the waiting entries. Never rejects: failures are logged. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing ??= this.drain().finally(() => {
      this.writing = undefined;
      this.sayDropped();
      if (this.waiting.length > 0) this.schedule(Math.min(this.options.flushInterval * 4 ** this.tries, MAX_PAUSE));
    });
    return this.writing;
  }

  /** Writes the remaining entries, up to the timeout, and closes the writer. */
  async close(): Promise<void> {
    const { closeTimeout } = this.options;
    const rest = async (): Promise<void> => {
      // The current write may have begun before the last entries were added.
      for (let tries = 0; tries <= TRIES && (this.writing !== undefined || this.waiting.length > 0); tries++)
        await this.flush();
    };
    const inTime = await within(closeTimeout, rest());
    clearTimeout(this.timer);
    if (!inTime || this.waiting.length > 0) {
      this.logger.error(`${this.waiting.length} entries were not written before the application closed.`);
      this.waiting = [];
    }
    try {
      await within(closeTimeout, Promise.resolve(this.writer.close?.()));
    } catch (error) {
      this.logger.error('The audit writer could not be closed', stackOf(error));
    }
  }

  private schedule(wait: number): void {
    if (wait === 0 && this.timer) {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    // The application closes the queue, so the timer need not keep the process alive.
    if (!this.writing) this.timer ??= setTimeout(() => void this.flush(), wait).unref();
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, BATCH);
      try {
        await this.write(batch);
        this.tries = 0;
      } catch (error) {
        this.tries += 1;
        this.logger.error('The audit trail could not be written', stackOf(error));
        if (this.tries < TRIES) return;
        this.tries = 0;
        const lost = this.writer.writeMany ? batch.length : 1;
        this.waiting.splice(0, lost);
        this.drop(lost, `the writer failed ${TRIES} times`);
      }
    }
  }

  /** Writes a batch and removes it from the queue. */
  private async write(batch: readonly AuditEntry[]): Promise<void> {
    const { writer } = this;
    if (writer.writeMany) {
      await writer.writeMany(batch);
      this.waiting.splice(0, batch.length);
      return;
    }
    for (const entry of batch) {
      await writer.write(entry);
      this.waiting.shift();
      this.tries = 0;
    }
  }

  private drop(count: number, why: string): void {
    // Logged at once the first time, and then with every flush, not for every entry.
    if (this.dropped === 0) this.logger.error(`The audit trail loses entries: ${why}.`);
    this.dropped += count;
  }

  private sayDropped(): void {
    if (this.dropped === 0) return;
    this.logger.error(`The audit trail has lost ${this.dropped} entries.`);
    this.dropped = 0;
  }
}

/** @returns false if it took longer */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : String(error));
