import type { StoreRecord } from '../core/record.js';

/** What a store found out by itself about a record that it has dropped. */
export type StoreReport =
  | {
      readonly found: 'expired';
      readonly key: string;
      /** What it was; undefined if it cannot be decoded. */
      readonly record: StoreRecord | undefined;
    }
  | { readonly found: 'corrupt'; readonly key: string };

/** A store that tells what becomes of records behind the back of its caller. */
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

  /** Whether anybody listens: if not, a store need not look at what it drops. */
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
