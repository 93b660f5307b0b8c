import type { ServerResponse } from 'node:http';

type Listener = (this: ServerResponse, ...args: unknown[]) => void;
type Flushable = ServerResponse & { flush?: unknown };

/**
 * Compression middleware before the session adds "drain" listeners to its own stream, and flushes that stream. While the
 * response is held, nothing reaches the stream, so it neither drains nor flushes. Both are done when the response goes on.
 */
export class DivertedEvents {
  private readonly drains: Listener[] = [];
  private flushWanted = false;
  private waiting = true;

  constructor(private readonly res: Flushable) {
    const on = res.on.bind(res) as (event: string | symbol, listener: Listener) => ServerResponse;
    const recording = (event: string | symbol, listener: Listener): ServerResponse => {
      if (this.waiting && event === 'drain') this.drains.push(listener);
      return on(event, listener);
    };
    Object.assign(res, { on: recording });
    const { flush } = res;
    if (typeof flush !== 'function') return;
    res.flush = () => {
      if (this.waiting) this.flushWanted = true;
      else Reflect.apply(flush, res, []);
    };
  }

  /** The response is not held, or not any more. Nothing is recorded from now on. */
  goOn(drained: boolean): void {
    if (!this.waiting) return;
    this.waiting = false;
    const { flush } = this.res;
    if (this.flushWanted && typeof flush === 'function') Reflect.apply(flush, this.res, []);
    const reached = new Set<unknown>(this.res.rawListeners('drain'));
    for (const listener of this.drains.splice(0))
      if (drained && !reached.has(listener)) process.nextTick(() => listener.call(this.res));
  }
}
