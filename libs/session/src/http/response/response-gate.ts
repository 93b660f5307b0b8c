import type { ServerResponse } from 'node:http';
import { breakOff } from './break-off.js';
import { DivertedEvents } from './diverted-events.js';
import { removeEntityHeaders } from './entity-headers.js';
import type { ResponseHooks } from './response-hooks.js';
import { headersSent, HeldResponse, type GatedMethod } from './held-response.js';
import {
  attempt,
  afterEnd,
  callBack,
  drain,
  invalidChunk,
  isChunk,
  isClosed,
  isNoChunk,
  isStatus,
  rejected,
} from './response-calls.js';
import { applyWriteHeadHeaders } from './write-head-headers.js';

type AnyFunction = (this: ServerResponse, ...args: unknown[]) => unknown;
/** Open, held until the commit is done, sent, ended and held until late changes are saved, replaced by an error. */
type State = 'open' | 'held' | 'sent' | 'late' | 'dead';

const GATE = Symbol('nest-session:gate');

type GatedResponse = ServerResponse & { [GATE]?: ResponseGate<unknown> };

/** Holds a response back until the session is committed: no byte leaves before, however the application answers. */
export class ResponseGate<Outcome> {
  private state: State = 'open';
  private ended = false;
  private left = false;
  private abandoned = false;
  /** The application has ended a response that was replaced by an error. */
  private dismissed = false;
  private held: HeldResponse | undefined;
  private readonly original: Record<GatedMethod, AnyFunction>;
  private readonly diverted: DivertedEvents | undefined;

  constructor(
    private readonly res: GatedResponse,
    private readonly keeper: ResponseHooks<Outcome>,
  ) {
    const { writeHead, write, end, flushHeaders } = res as unknown as Record<GatedMethod, AnyFunction>;
    this.original = { writeHead, write, end, flushHeaders };
    // Without an `on` of its own the response's own events do.
    this.diverted = Object.hasOwn(res, 'on') ? new DivertedEvents(res) : undefined;
  }

  /** It was answered, and the response is closed. One that still streams is not, nor one whose client has left a handler that goes on. */
  get isOver(): boolean {
    return (this.ended || this.abandoned) && isClosed(this.res);
  }

  writeHead(args: unknown[]): unknown {
    const { res, state } = this;
    if (state === 'open' && isStatus(args[0]) && !res.headersSent) {
      const rest = applyWriteHeadHeaders(res, args);
      // The commit may read the status, as if the application had set it.
      res.statusCode = Number(rest[0]);
      this.open(true);
      return this.run('writeHead', rest, res);
    }
    // Node calls it by itself with the status alone, for a head that is queued already.
    if (state === 'held' && args.length > 1) throw headersSent('write');
    return state === 'held' || state === 'dead' ? res : this.original.writeHead.apply(res, args);
  }

  flushHeaders(): unknown {
    if (this.state === 'open') this.open(true);
    return this.run('flushHeaders', [], undefined);
  }

  write(args: unknown[]): unknown {
    if (this.state !== 'sent' && !isChunk(args[0])) throw invalidChunk();
    if (this.state === 'open') this.open(true);
    if (this.held) this.held.blocked = true;
    // After an error response, the application must not wait for "drain".
    return this.run('write', args, this.state === 'dead');
  }

  end(args: unknown[]): unknown {
    const { res, state, ended } = this;
    if (state === 'open' && !isChunk(args[0]) && !isNoChunk(args[0])) throw invalidChunk();
    this.ended = true;
    if (state === 'open' && !res.headersSent) this.open(false);
    else if (state === 'open' || (state === 'sent' && !ended)) return this.endLate(args);
    return ended && state !== 'sent' ? this.refuseAfterEnd(args, res) : this.run('end', args, res);
  }

  /** Runs an operation now or, while the response is held, later. */
  private run(method: GatedMethod, args: unknown[], instead: unknown): unknown {
    if (this.state === 'sent') return this.original[method].apply(this.res, args);
    if (this.state === 'dead') callBack(args);
    else if (this.ended && method !== 'end') return this.refuseAfterEnd(args, instead);
    else this.held?.queue.push({ method, args });
    return instead;
  }

  private refuseAfterEnd(args: unknown[], instead: unknown): unknown {
    callBack(args, afterEnd());
    // A generator whose output is discarded waits for this at its end. Once: a listener may end the response again.
    if (this.state === 'dead' && !this.dismissed) drain(this.res);
    this.dismissed = true;
    return instead;
  }

  private open(streams: boolean): void {
    const { res, keeper } = this;
    if (streams) res.once('close', () => this.closed());
    // Other code has bypassed the gate with a function from before it: too late for a commit and for a cookie.
    if (res.headersSent) return this.pass(false);
    let outcome: Promise<Outcome>;
    try {
      const now = keeper.commit();
      if (!(now instanceof Promise)) {
        keeper.committed(now);
        return this.pass(false);
      }
      outcome = now;
    } catch (error) {
      outcome = rejected(error);
    }
    this.state = 'held';
    const held = new HeldResponse(res, () => this.ended);
    this.held = held;
    // Without a turn in between, so that no other code sees the response unheld before it is sent.
    outcome.then(
      (result) => this.release(held, result),
      (error: unknown) => this.fail(held, error),
    );
  }

  private pass(drained: boolean): void {
    this.state = 'sent';
    this.diverted?.goOn(drained);
  }

  private release(held: HeldResponse, outcome: Outcome): void {
    const { res } = this;
    held.reveal();
    try {
      this.keeper.committed(outcome);
      this.held = undefined;
      this.state = 'sent';
      let flowing = true;
      for (const { method, args } of held.queue) {
        const result = this.original[method].apply(res, args);
        if (method === 'write' && result === false) flowing = false;
      }
      this.pass(held.blocked && flowing);
      if (held.blocked && flowing) drain(res);
    } catch (error) {
      return this.fail(held, error);
    }
    if (this.left) this.closed();
  }

  private fail(held: HeldResponse, error: unknown): void {
    const { res } = this;
    held.reveal();
    this.held = undefined;
    try {
      if (res.headersSent) this.breakOff(error);
      else this.answer(error);
    } catch (second) {
      this.breakOff(second);
    }
    // The functions discard everything from now on, because other code may have kept references to them.
    this.state = 'dead';
    for (const { args } of held.queue) callBack(args);
    // Code that waits for "drain" continues, its output is discarded, and it comes to an end.
    this.diverted?.goOn(held.blocked);
    if (held.blocked) drain(res);
  }

  private answer(error: unknown): void {
    const { res } = this;
    removeEntityHeaders(res);
    const body = this.keeper.failed(error);
    res.setHeader('Content-Length', Buffer.byteLength(body));
    this.state = 'sent';
    this.ended = true;
    this.original.end.call(res, res.req.method === 'HEAD' ? undefined : body);
  }

  private breakOff(error: unknown): void {
    this.state = 'dead';
    this.ended = true;
    this.keeper.lost(error);
    breakOff(this.res);
  }

  private endLate(args: unknown[]): unknown {
    const { res } = this;
    this.pass(false);
    const late = attempt(() => this.keeper.end());
    if (!late) return this.original.end.apply(res, args);
    this.state = 'late';
    const held = new HeldResponse(res, () => true);
    late.then(
      () => {
        held.reveal();
        this.state = 'sent';
        this.original.end.apply(res, args);
      },
      (error: unknown) => {
        held.reveal();
        this.breakOff(error);
      },
    );
    return res;
  }

  /** The client disconnected, or the application destroyed the response, before it was ended. */
  private closed(): void {
    this.left = true;
    if (this.state !== 'sent' || this.ended) return;
    // After all other listeners, which may change the session or end the response.
    setImmediate(() => {
      this.abandoned = true;
      if (!this.ended) attempt(() => this.keeper.end())?.catch((error: unknown) => this.keeper.lost(error));
    });
  }
}

// One set of functions for all responses, not four closures for each.
const gated = {
  writeHead(this: GatedResponse, ...args: unknown[]) {
    return this[GATE]?.writeHead(args);
  },
  write(this: GatedResponse, ...args: unknown[]) {
    return this[GATE]?.write(args);
  },
  end(this: GatedResponse, ...args: unknown[]) {
    return this[GATE]?.end(args);
  },
  flushHeaders(this: GatedResponse) {
    return this[GATE]?.flushHeaders();
  },
};

/** Puts a gate in front of a raw response: Node's HTTP/1 one, or the compatible one of HTTP/2. */
export function gateResponse<Outcome>(res: ServerResponse, keeper: ResponseHooks<Outcome>): ResponseGate<Outcome> {
  const gate = new ResponseGate(res, keeper);
  Object.defineProperty(res, GATE, { value: gate });
  Object.assign(res, gated);
  return gate;
}
