import fc from 'fast-check';
import { describe, it } from 'vitest';
import { deferred, type Deferred } from '../../../../test/support/deferred.js';
import { NearCache, type NearCacheLimits } from './near-cache.js';

const LIMITS: NearCacheLimits = { maxEntries: 3, maxAge: 5000, maxText: 100, proofLasts: 1500 };

// A server, a writer and a network in which everything takes its time, and a reader who must not see what is too old.
class World {
  readonly cache: NearCache;
  private time = 0;
  /** What was written when, by name; the last one is what the server holds. */
  private readonly written = new Map<string, { at: number; text: string }[]>();
  /** What the server has told the listener, in order, and the listener has not read yet. */
  private inbox: ({ name: string } | { pong: number } | 'flush')[] = [];
  private pings: number[] = [];
  private readonly reads: { name: string; reply: Deferred<string | null>; answer?: string | null }[] = [];
  private listener: 'off' | 'on' | 'cut off' = 'off';

  constructor(private readonly limits: NearCacheLimits) {
    this.cache = new NearCache(limits, () => this.time);
  }

  readonly steps: Record<string, (name: string, by: number) => void> = {
    wait: (_, by) => void (this.time += by),
    write: (name) => {
      const history = this.written.get(name) ?? [];
      history.push({ at: this.time, text: `${name}${history.length}` });
      this.written.set(name, history);
      if (this.listener === 'on') this.inbox.push({ name });
    },
    writeHere: (name, by) => {
      this.cache.forget(name);
      this.steps['write']?.(name, by);
      this.cache.forget(name);
    },
    flush: () => {
      if (this.listener === 'on') this.inbox.push('flush');
    },
    listen: () => {
      if (this.listener !== 'off') return;
      this.listener = 'on';
      this.cache.prove(this.time);
    },
    // The server may have lost us long before we find out.
    cutOff: () => void (this.listener = this.listener === 'on' ? 'cut off' : this.listener),
    noticed: () => {
      this.listener = 'off';
      this.inbox = [];
      this.pings = [];
      this.cache.doubt();
    },
    ping: () => void this.pings.push(this.time),
    serverPongs: () => {
      const ping = this.pings.shift();
      if (ping !== undefined && this.listener === 'on') this.inbox.push({ pong: ping });
    },
    hear: () => {
      const message = this.inbox.shift();
      if (message === 'flush') this.cache.clear();
      else if (message && 'pong' in message) this.cache.prove(message.pong);
      else if (message) this.cache.forget(message.name);
    },
    // What mostly happens.
    beat: () => {
      this.steps['ping']?.('', 0);
      while (this.pings.length > 0 && this.listener === 'on') this.steps['serverPongs']?.('', 0);
      while (this.inbox.length > 0) this.steps['hear']?.('', 0);
    },
    getReply: (name) => {
      this.steps['read']?.(name, 0);
      this.steps['serverReads']?.('', 0);
      this.steps['reply']?.('', 0);
    },
    read: (name) => {
      const hit = this.cache.get(name);
      if (hit !== undefined) this.judge(name, this.time, hit);
      else {
        const began = this.time;
        const loaded = this.cache.load(name, () => {
          const reply = deferred<string | null>();
          this.reads.push({ name, reply });
          return reply.promise;
        });
        this.judging.push(loaded.then((text) => this.judge(name, began, text)));
      }
    },
    serverReads: (_, by) => {
      const open = this.reads.filter(({ answer }) => answer === undefined);
      const read = open[by % (open.length || 1)];
      if (read) read.answer = this.written.get(read.name)?.at(-1)?.text ?? null;
    },
    reply: (_, by) => {
      const answered = this.reads.filter(({ answer }) => answer !== undefined);
      const read = answered[by % (answered.length || 1)];
      if (!read) return;
      this.reads.splice(this.reads.indexOf(read), 1);
      read.reply.resolve(read.answer ?? null);
    },
    sweep: () => this.cache.sweep(),
  };
  readonly judging: Promise<void>[] = [];

  /** Answers everything that is still open. */
  async end(): Promise<void> {
    while (this.reads.length > 0) {
      this.steps['serverReads']?.('', 0);
      this.steps['reply']?.('', 0);
    }
    await Promise.all(this.judging);
  }

  private judge(name: string, began: number, text: string | null): void {
    const bound = Math.min(this.limits.maxAge, this.limits.proofLasts);
    const must = (this.written.get(name) ?? []).filter(({ at }) => at < began - bound).length - 1;
    const got = text === null ? -1 : Number(text.slice(name.length));
    if (got < must) throw new Error(`${name}: got ${got}, and ${must} was written more than ${bound} ms before`);
  }
}

// What is named twice comes more often.
const STEPS =
  'wait wait write writeHere flush listen listen cutOff noticed ping beat beat serverPongs hear read read getReply getReply serverReads reply sweep';
const step = fc.tuple(
  fc.constantFrom(...STEPS.split(' ')),
  fc.constantFrom('a', 'b'),
  fc.integer({ min: 0, max: 800 }),
);

describe('whatever happens in whatever order', () => {
  it.each([
    ['a proof', { maxAge: 5000 }],
    ['a short age', { maxAge: 700 }],
  ])('nothing is given that is older than %s allows', async (_, limits) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
        const world = new World({ ...LIMITS, ...limits });
        for (const [what, name, by] of steps) {
          world.steps[what]?.(name, by);
          await Promise.resolve();
        }
        await world.end();
      }),
      { numRuns: 2000 },
    );
  });
});
