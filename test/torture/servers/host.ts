// The side of a server process that talks to the process that drives it.
import type { Addresses, ServerSettings } from './settings.js';

/** What a server process tells. */
export type Told = { readonly ready: Addresses } | { readonly arrived: string } | { readonly health: Health };

/** How a server process is doing. */
export interface Health {
  /** Bytes in use after a garbage collection. */
  readonly heap: number;
  /** Errors that nobody has handled. */
  readonly unhandled: readonly string[];
  /** Events by name and reason. */
  readonly events: Readonly<Record<string, number>>;
}

/** What a server process is asked. */
export type Asked = { readonly release: string } | { readonly health: true };

const waiting = new Map<string, () => void>();
const unhandled: string[] = [];
const events: Record<string, number> = {};

/** Reads the settings that the process was started with. */
export const readSettings = (): ServerSettings => JSON.parse(process.argv[2] ?? '{}') as ServerSettings;

/** Holds a request until the driver lets it go on. */
export function pass(name: string): Promise<void> {
  return new Promise((resolve) => {
    waiting.set(name, resolve);
    tell({ arrived: name });
  });
}

export const count = (event: string): void => void (events[event] = (events[event] ?? 0) + 1);

/** Waits for the milliseconds of the settings. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells where the applications are, and answers the driver from then on. */
export function serve(addresses: Addresses): void {
  process.on('message', (asked: Asked) => {
    if ('health' in asked) return reportHealth();
    waiting.get(asked.release)?.();
    waiting.delete(asked.release);
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: addresses });
}

function reportHealth(): void {
  // Twice, because finalizers free more.
  globalThis.gc?.();
  globalThis.gc?.();
  tell({ health: { heap: process.memoryUsage().heapUsed, unhandled, events } });
}

function tell(told: Told): void {
  process.send?.(told);
}

process.on('unhandledRejection', (error) => unhandled.push(String(error)));
process.on('uncaughtException', (error) => unhandled.push(String(error)));
