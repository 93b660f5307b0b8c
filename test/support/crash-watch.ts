import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** Fails every test of the file during which an error reached nobody: it would have ended the process. */
export function watchForCrashes(): void {
  const crashes: unknown[] = [];
  const note = (error: unknown): void => void crashes.push(error);
  beforeAll(() => {
    process.on('unhandledRejection', note).on('uncaughtException', note);
  });
  afterEach(async () => {
    await setImmediate();
    expect(crashes.splice(0)).toEqual([]);
  });
  afterAll(() => {
    process.off('unhandledRejection', note).off('uncaughtException', note);
  });
}
