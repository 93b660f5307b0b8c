import type { StoreRecord } from '../core/record.js';

/** A record that a store has dropped by itself, and why. */
export type StoreReport =
  | {
      /** `evicted`: it made room for another one. */
      readonly found: 'expired' | 'evicted';
      readonly key: string;
      /** The record; undefined if it cannot be decoded. */
      readonly record: StoreRecord | undefined;
    }
  | { readonly found: 'corrupt'; readonly key: string };

/** A store that reports what it does to records by itself. */
export interface ReportingStore {
  /** Calls the listener for every report. @returns a function that removes the listener */
  onReport(listener: (report: StoreReport) => void): () => void;
}

/** Whether a store has {@link ReportingStore.onReport}. */
export const isReporting = (store: object): store is ReportingStore =>
  'onReport' in store && typeof store.onReport === 'function';

/** The listeners of a store. */
export class StoreReports implements ReportingStore {
  private readonly listeners = new Set<(report: StoreReport) => void>();

  /** Whether there is a listener. If not, a store need not look at the records that it drops. */
  get wanted(): boolean {
    return this.listeners.size > 0;
  }

  onReport(listener: (report: StoreReport) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(report: StoreReport): void {
    for (const listener of this.listeners) listener(report);
  }
}
