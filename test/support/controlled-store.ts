import { memoryStore, SessionStoreError, type Clock } from 'nest-session';
import type { SessionStore } from 'nest-session/store';

export type StoreOperation = 'read' | 'create' | 'save' | 'renew' | 'delete';

const ALL: readonly StoreOperation[] = ['read', 'create', 'save', 'renew', 'delete'];

interface Held {
  readonly operation: StoreOperation;
  readonly go: () => void;
}

/** A memory store whose operations wait or fail when a test says so, and that counts what it is asked. */
export class ControlledStore implements SessionStore {
  /** What was asked since the last {@link forget}. */
  readonly asked: StoreOperation[] = [];
  private readonly inner;
  private readonly failing = new Set<StoreOperation>();
  private readonly holding = new Set<StoreOperation>();
  private held: Held[] = [];
  private arrivals: (() => void)[] = [];

  constructor(clock?: Clock) {
    this.inner = memoryStore(clock && { clock });
  }

  /** How many records there are, tombstones included. */
  get size(): number {
    return this.inner.size;
  }

  /** How many of them are sessions. */
  get sessions(): number {
    const kept = ['anonymous', 'others'].flatMap((name) => [
      ...(Reflect.get(this.inner, name) as Iterable<{ text: string }>),
    ]);
    return kept.filter(({ text }) => !text.includes('"kind":"tombstone"')).length;
  }

  get writes(): StoreOperation[] {
    return this.asked.filter((operation) => operation !== 'read');
  }

  forget(): void {
    this.asked.length = 0;
  }

  /** Operations wait from now on. */
  hold(...operations: StoreOperation[]): void {
    for (const operation of operations.length > 0 ? operations : ALL) this.holding.add(operation);
  }

  /** Nothing waits any more. */
  release(): void {
    this.holding.clear();
    for (const { go } of this.held.splice(0)) go();
  }

  /** Operations fail from now on, those included that wait. */
  fail(...operations: StoreOperation[]): void {
    for (const operation of operations.length > 0 ? operations : ALL) this.failing.add(operation);
  }

  heal(): void {
    this.failing.clear();
  }

  /** Resolves when an operation waits. */
  async waiting(operation: StoreOperation): Promise<void> {
    while (!this.held.some((held) => held.operation === operation))
      await new Promise<void>((resolve) => this.arrivals.push(resolve));
  }

  read: SessionStore['read'] = (key) => this.run('read', () => this.inner.read(key));
  create: SessionStore['create'] = (key, record) => this.run('create', () => this.inner.create(key, record));
  save: SessionStore['save'] = (key, record, version) => this.run('save', () => this.inner.save(key, record, version));
  renew: SessionStore['renew'] = (key, record, version) =>
    this.run('renew', () => this.inner.renew(key, record, version));
  delete: SessionStore['delete'] = (key) => this.run('delete', () => this.inner.delete(key));

  close(): Promise<void> {
    this.release();
    return this.inner.close();
  }

  private async run<T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> {
    this.asked.push(operation);
    if (this.holding.has(operation)) {
      await new Promise<void>((go) => {
        this.held.push({ operation, go });
        for (const arrived of this.arrivals.splice(0)) arrived();
      });
    }
    if (this.failing.has(operation)) throw new SessionStoreError('redis://user:hunter2@10.0.0.1 is down');
    return work();
  }
}
