import { AsyncLocalStorage } from 'node:async_hooks';
import { SessionStoreError } from 'nest-session';

/** One call of a store, an index or a revocation store: what a schedule is made of. */
export interface Step {
  /** The same in every run that has come to the same point: no random name is in it. */
  readonly id: string;
  /** The operation that it belongs to. */
  readonly actor: string;
  readonly method: string;
  /** What it works on; steps on other resources commute with it. */
  readonly resource: string;
  /** It changes nothing, so it commutes with other reads of the resource. */
  readonly reads: boolean;
}

/** A step that waits for its turn. */
export interface WaitingStep extends Step {
  /**
   * Carries it out now and delivers its reply.
   * @param lost carries it out, and lets the reply get lost: the caller is told that the store is out of order
   */
  carryOut(lost?: boolean): Promise<void>;
}

/** A step that was carried out, with what it was asked and what it answered. */
export interface DoneStep extends Step {
  readonly args: readonly unknown[];
  readonly reply: unknown;
}

/** What a scheduled object is. */
interface Scheduled {
  readonly prefix: string;
  readonly whole: boolean;
}

const READS = new Set(['read', 'readFresh', 'revokedBefore', 'members']);
/** Called outside of requests, or about nothing that is stored. */
const UNSCHEDULED = new Set(['ping', 'close', 'onReport', 'sweep', 'then', 'constructor', 'toString', 'valueOf']);
/** What a test calls its users, as opposed to random names. */
const WORDS = /^(alice|bob|carol)$/;

/**
 * Where the calls of all stores of a run wait. What is called outside of an operation is carried out at once: that is how
 * a run is prepared, and looked at afterwards.
 */
export class Stage {
  readonly waiting: WaitingStep[] = [];
  readonly done: DoneStep[] = [];
  /** Told of every step that was carried out, scheduled or not. */
  watch: ((step: DoneStep) => void) | undefined;
  private readonly actors = new AsyncLocalStorage<string>();
  private readonly dead = new Set<string>();
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** Runs code on behalf of an operation: its calls wait. */
  act<T>(actor: string, work: () => T): T {
    return this.actors.run(actor, work);
  }

  /** The operation under way, if one is. */
  get actor(): string | undefined {
    return this.actors.getStore();
  }

  /** The process of an operation dies: none of its further calls is carried out or answered. */
  kill(actor: string): void {
    this.dead.add(actor);
    for (let n = this.waiting.length - 1; n >= 0; n--) if (this.waiting[n]?.actor === actor) this.waiting.splice(n, 1);
  }

  isDead(actor: string): boolean {
    return this.dead.has(actor);
  }

  /**
   * A store, an index or a revocation store whose every call waits here.
   * @param whole whether a call may work on anything in it, and not only on what its first argument names
   */
  schedule<T extends object>(target: T, prefix = '', whole = false): T {
    const members = new Map<PropertyKey, unknown>();
    return new Proxy(target, {
      get: (_, key) => {
        if (members.has(key)) return members.get(key);
        const value: unknown = Reflect.get(target, key, target);
        const wrapped = this.wrapped(target, key, value, { prefix, whole });
        if (wrapped !== value) members.set(key, wrapped);
        return wrapped;
      },
    });
  }

  /** A name for what has a random one: by who was first to use it. */
  nameOf(text: string): string {
    if (WORDS.test(text)) return text;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    for (const [longer, name] of this.names)
      if (longer.length >= 16 && text.startsWith(longer)) return this.remember(text, name + text.slice(longer.length));
    const actor = this.actor ?? 'start';
    return this.remember(text, `${actor}.k${this.count(`name ${actor}`)}`);
  }

  private remember(text: string, name: string): string {
    this.names.set(text, name);
    return name;
  }

  private count(what: string): number {
    const count = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, count);
    return count;
  }

  private wrapped(target: object, key: PropertyKey, value: unknown, of: Scheduled): unknown {
    if (key === 'index' && typeof value === 'object' && value !== null) return this.schedule(value, 'index ');
    if (typeof value !== 'function' || typeof key !== 'string') return value;
    const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
    if (UNSCHEDULED.has(key)) return call;
    return (...args: unknown[]): unknown => this.ask(of, key, args, call);
  }

  private async ask(of: Scheduled, method: string, args: unknown[], call: (...args: unknown[]) => unknown) {
    const { actor } = this;
    const [named, detail] = this.resourceOf(of.prefix, args);
    const resource = of.whole ? of.prefix : named;
    if (actor === undefined) {
      const reply = await call(...args);
      this.watch?.({ id: '', actor: '', method, resource, reads: READS.has(method), args, reply });
      return reply;
    }
    const what = `${actor}: ${method} ${named}${detail}`;
    const step: Step = { id: `${what} #${this.count(what)}`, actor, method, resource, reads: READS.has(method) };
    return new Promise<unknown>((resolve, reject) => {
      if (this.dead.has(actor)) return;
      const waiting: WaitingStep = {
        ...step,
        carryOut: async (lost = false) => {
          this.waiting.splice(this.waiting.indexOf(waiting), 1);
          let reply: unknown;
          try {
            reply = await call(...args);
          } catch (error) {
            return reject(error instanceof Error ? error : new Error(String(error)));
          }
          const done = { ...step, args, reply };
          this.done.push(done);
          this.watch?.(done);
          if (lost) reject(new SessionStoreError('The reply was lost.'));
          else resolve(reply);
        },
      };
      this.waiting.push(waiting);
    });
  }

  /** What a call works on, and what else tells it from other calls of the method there. */
  private resourceOf(prefix: string, [first, second]: readonly unknown[]): [resource: string, detail: string] {
    if (typeof first === 'string') return [prefix + this.nameOf(first), ''];
    const place = first as { index?: string; kind?: string; value?: string };
    const resource = `${prefix}${place.index ?? place.kind ?? ''}:${this.nameOf(String(place.value))}`;
    const member = typeof second === 'object' && second !== null && 'key' in second ? String(second.key) : undefined;
    return [resource, member === undefined ? '' : ` (${this.nameOf(member)})`];
  }
}
