import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEntry } from './audit-entry.js';
import { AuditQueue } from './audit-queue.js';
import type { AuditWriter } from './audit-writer.js';

const entry = (n: number): AuditEntry => ({ at: n, event: 'login' });
const settings = { maxQueue: 10, flushInterval: 60_000, closeTimeout: 1_000 };

let logged: string[];
beforeEach(() => {
  logged = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((message: unknown) => void logged.push(String(message)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

class Kept implements AuditWriter {
  readonly entries: number[] = [];
  failures = 0;
  closed = false;
  write({ at }: AuditEntry): void | Promise<void> {
    if (this.failures-- > 0) throw new Error('full');
    this.entries.push(at);
  }
  close(): void {
    this.closed = true;
  }
}

class Batches extends Kept {
  readonly sizes: number[] = [];
  async writeMany(entries: readonly AuditEntry[]): Promise<void> {
    if (this.failures-- > 0) throw new Error('full');
    this.sizes.push(entries.length);
    for (const { at } of entries) this.entries.push(at);
  }
}

describe('AuditQueue', () => {
  it('writes nothing while the caller that adds is running, and everything in order soon after', async () => {
    vi.useFakeTimers();
    const writer = new Kept();
    const queue = new AuditQueue(writer, { ...settings, flushInterval: 200 });
    for (let n = 0; n < 5; n++) queue.add(entry(n));
    expect(writer.entries).toEqual([]);
    await vi.advanceTimersByTimeAsync(199);
    expect(writer.entries).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(writer.entries).toEqual([0, 1, 2, 3, 4]);
    queue.add(entry(5));
    await vi.advanceTimersByTimeAsync(200);
    expect(writer.entries).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('writes batches where the writer takes them, and does not wait when one is full', async () => {
    vi.useFakeTimers();
    const writer = new Batches();
    const queue = new AuditQueue(writer, { ...settings, maxQueue: 2_000 });
    for (let n = 0; n < 1_201; n++) queue.add(entry(n));
    await vi.advanceTimersByTimeAsync(1);
    expect(writer.sizes).toEqual([500, 500, 201]);
    expect(writer.entries).toEqual(Array.from({ length: 1_201 }, (_, n) => n));
  });

  it('drops what does not fit, and says how much', async () => {
    const writer = new Kept();
    const queue = new AuditQueue(writer, settings);
    for (let n = 0; n < 15; n++) queue.add(entry(n));
    await queue.flush();
    expect(writer.entries).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(logged).toEqual([
      'The audit trail loses entries: entries arrive faster than they are written.',
      'The audit trail has lost 5 entries.',
    ]);
  });

  it.each([Kept, Batches])(
    'tries again what failed, with longer and longer pauses, and loses nothing: %s',
    async (Writer) => {
      vi.useFakeTimers();
      const writer = new Writer();
      writer.failures = 2;
      const queue = new AuditQueue(writer, { ...settings, flushInterval: 100 });
      queue.add(entry(1));
      queue.add(entry(2));
      await vi.advanceTimersByTimeAsync(100);
      expect(writer.entries).toEqual([]);
      await vi.advanceTimersByTimeAsync(400);
      expect(writer.entries).toEqual([]);
      await vi.advanceTimersByTimeAsync(1_600);
      expect(writer.entries).toEqual([1, 2]);
    },
  );

  it('gives up on an entry that can never be written, and goes on with the next', async () => {
    const writer = new Kept();
    writer.failures = 5;
    const queue = new AuditQueue(writer, settings);
    queue.add(entry(1));
    queue.add(entry(2));
    for (let n = 0; n < 5; n++) await queue.flush();
    expect(writer.entries).toEqual([2]);
    expect(logged).toContain('The audit trail loses entries: the writer failed 5 times.');
    expect(logged).toContain('The audit trail has lost 1 entries.');
  });

  it('writes the rest when it is closed, also what came while a batch was under way', async () => {
    let go = (): void => undefined;
    const first = new Promise<void>((resolve) => (go = resolve));
    class Slow extends Kept {
      override async write(it: AuditEntry): Promise<void> {
        if (it.at === 1) await first;
        await super.write(it);
      }
    }
    const writer = new Slow();
    const queue = new AuditQueue(writer, settings);
    queue.add(entry(1));
    const flushing = queue.flush();
    queue.add(entry(2));
    const closing = queue.close();
    go();
    await Promise.all([flushing, closing]);
    expect([writer.entries, writer.closed]).toEqual([[1, 2], true]);
  });

  it('lets the application close although the writer never answers', async () => {
    vi.useFakeTimers();
    const writer: AuditWriter = { write: () => new Promise(() => undefined) };
    const queue = new AuditQueue(writer, settings);
    queue.add(entry(1));
    const closing = queue.close();
    await vi.advanceTimersByTimeAsync(1_000);
    await closing;
    expect(logged).toEqual(['1 entries were not written before the application closed.']);
  });

  it('survives a writer that cannot be closed', async () => {
    const queue = new AuditQueue({ write: () => undefined, close: () => Promise.reject(new Error('no')) }, settings);
    await queue.close();
    expect(logged).toEqual(['The audit writer could not be closed']);
  });
});
