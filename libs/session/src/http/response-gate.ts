import type { ServerResponse } from 'node:http';
import { applyWriteHeadHeaders } from './write-head-headers.js';

/** What happens at the gate. */
export interface GateKeeper<Outcome> {
  /** Before the first byte. A plain answer opens the gate at once; a promise holds the response back. May throw. */
  commit(): Outcome | Promise<Outcome>;
  /** The commit is done and headers can still be set. */
  committed(outcome: Outcome): void;
  /** The commit failed: set status and headers of the answer in place of the application's. @returns its body */
  failed(error: unknown): string;
  /** The response has begun and ends now. A promise holds back its end. */
  end(): undefined | Promise<void>;
  /** What {@link end} began did not work, when it is too late for another answer. */
  lost(error: unknown): void;
}

type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';
type AnyFunction = (this: ServerResponse, ...args: unknown[]) => unknown;
type State = 'open' | 'held' | 'sent' | 'dead';

interface Operation {
  readonly method: Method;
  readonly args: unknown[];
}

const GATE = Symbol('nest-session:gate');

type GatedResponse = ServerResponse & { [GATE]?: ResponseGate<unknown> };

/** Headers that described the application's answer, and do not describe the one that replaces it. */
const ENTITY = [
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'Content-Language',
  'Accept-Ranges',
  'Transfer-Encoding',
  'Trailer',
  'ETag',
  'Last-Modified',
  'Expires',
  'Location',
  'Set-Cookie',
];

const HEADERS_SENT = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

/**
 * Holds a response back until the session is committed: no byte leaves before, however the application answers.
 * The response looks as if it was sent meanwhile, so that nothing after it answers a second time.
 */
class ResponseGate<Outcome> {
  private state: State = 'open';
  private readonly original: Record<Method, AnyFunction>;
  private readonly queue: Operation[] = [];
  private readonly drainListeners: AnyFunction[] = [];
  private readonly shadowed = new Map<string, PropertyDescriptor | undefined>();
  private ended = false;

  constructor(
    private readonly res: GatedResponse,
    private readonly keeper: GateKeeper<Outcome>,
  ) {
    const { writeHead, write, end, flushHeaders } = res as unknown as Record<Method, AnyFunction>;
    this.original = { writeHead, write, end, flushHeaders };
  }

  writeHead(args: unknown[]): unknown {
    if (this.state === 'open') {
      const rest = applyWriteHeadHeaders(this.res, args);
      // What decides over the session may look at it, as it could if the application had set it.
      if (typeof rest[0] === 'number') this.res.statusCode = rest[0];
      this.open(true);
      return this.run('writeHead', rest, this.res);
    }
    // Node calls it by itself with the status alone, for a head that is queued already.
    if (this.state === 'held' && args.length > 1) throw headersSent('write');
    return this.state === 'sent' ? this.original.writeHead.apply(this.res, args) : this.res;
  }

  flushHeaders(): unknown {
    if (this.state === 'open') this.open(true);
    return this.run('flushHeaders', [], undefined);
  }

  write(args: unknown[]): unknown {
    if (this.state === 'open') this.open(true);
    return this.run('write', args, false);
  }

  end(args: unknown[]): unknown {
    const again = this.ended;
    this.ended = true;
    if (this.state === 'open') this.open(false);
    else if (this.state === 'sent' && !again) return this.endStream(args);
    if (again && this.state !== 'sent') return this.endAgain(args);
    return this.run('end', args, this.res);
  }

  /** Runs an operation now or, while the response is held, later. */
  private run(method: Method, args: unknown[], whenHeld: unknown): unknown {
    if (this.state === 'sent') return this.original[method].apply(this.res, args);
    if (this.state === 'held') this.queue.push({ method, args });
    else callbackOf(args)?.();
    return whenHeld;
  }

  private endAgain(args: unknown[]): unknown {
    const error = Object.assign(new Error('Cannot call end after a stream was finished'), {
      code: 'ERR_STREAM_ALREADY_FINISHED',
    });
    const callback = callbackOf(args);
    if (callback) process.nextTick(callback, error);
    return this.res;
  }

  private open(streams: boolean): void {
    if (streams) this.res.once('close', () => this.closed());
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.keeper.commit();
    } catch (error) {
      outcome = Promise.reject(error);
    }
    if (!(outcome instanceof Promise)) {
      this.keeper.committed(outcome);
      this.state = 'sent';
      return;
    }
    this.hold();
    outcome
      .then((result) => {
        this.unshadow();
        this.keeper.committed(result);
      })
      .then(
        () => this.release(),
        (error: unknown) => this.fail(error),
      );
  }

  private hold(): void {
    const { res } = this;
    this.state = 'held';
    const { statusCode } = res;
    this.shadow('statusCode', { value: statusCode, writable: true });
    this.shadow('headersSent', { get: () => true });
    this.shadow('writableEnded', { get: () => this.ended });
    for (const name of HEADERS_SENT) {
      this.shadow(name, {
        value: () => {
          throw headersSent(name === 'removeHeader' ? 'remove' : 'set');
        },
        writable: true,
      });
    }
    for (const name of ['on', 'addListener'] as const) {
      const before = res[name].bind(res) as (event: string | symbol, listener: AnyFunction) => ServerResponse;
      this.shadow(name, {
        value: (event: string | symbol, listener: AnyFunction) => {
          // Middleware such as compression sends these listeners to a stream of its own, which has nothing to drain.
          if (event === 'drain') this.drainListeners.push(listener);
          return before(event, listener);
        },
        writable: true,
      });
    }
  }

  private release(): void {
    this.state = 'sent';
    let flowing = true;
    for (const { method, args } of this.queue.splice(0)) {
      const result = this.original[method].apply(this.res, args);
      if (method === 'write' && result === false) flowing = false;
    }
    if (flowing && !this.ended) for (const listener of this.drainListeners.splice(0)) listener.call(this.res);
  }

  private fail(error: unknown): void {
    const { res } = this;
    this.unshadow();
    const waiting = this.queue.splice(0);
    for (const header of ENTITY) res.removeHeader(header);
    // HTTP/2 has no such message and warns when it is set.
    if (res.statusMessage) res.statusMessage = '';
    const body = this.keeper.failed(error);
    this.state = 'sent';
    this.ended = true;
    res.setHeader('Content-Length', Buffer.byteLength(body));
    this.original.end.call(res, res.req.method === 'HEAD' ? undefined : body);
    // From here on the functions themselves swallow what comes: others may have kept them.
    this.state = 'dead';
    for (const { args } of waiting) callbackOf(args)?.();
  }

  private endStream(args: unknown[]): unknown {
    let late: undefined | Promise<void>;
    try {
      late = this.keeper.end();
    } catch (error) {
      late = Promise.reject(error);
    }
    if (!late) return this.original.end.apply(this.res, args);
    this.state = 'held';
    this.shadow('writableEnded', { get: () => true });
    late.then(
      () => {
        this.unshadow();
        this.state = 'sent';
        this.original.end.apply(this.res, args);
      },
      (error: unknown) => {
        this.unshadow();
        this.state = 'dead';
        this.keeper.lost(error);
        // An answer that breaks off says the truth; one that ends well would not.
        this.res.destroy();
      },
    );
    return this.res;
  }

  /** The client left, or the application let go of the response, before it was ended. */
  private closed(): void {
    if (this.ended || this.state !== 'sent') return;
    this.ended = true;
    try {
      this.keeper.end()?.catch((error: unknown) => this.keeper.lost(error));
    } catch (error) {
      this.keeper.lost(error);
    }
  }

  private shadow(name: string, descriptor: PropertyDescriptor): void {
    this.shadowed.set(name, Object.getOwnPropertyDescriptor(this.res, name));
    Object.defineProperty(this.res, name, { configurable: true, enumerable: true, ...descriptor });
  }

  private unshadow(): void {
    for (const [name, before] of this.shadowed) {
      Reflect.deleteProperty(this.res, name);
      if (before) Object.defineProperty(this.res, name, before);
    }
    this.shadowed.clear();
  }
}

const headersSent = (what: string): Error =>
  Object.assign(new Error(`Cannot ${what} headers after they are sent to the client`), {
    code: 'ERR_HTTP_HEADERS_SENT',
  });

const callbackOf = (args: unknown[]): (() => void) | undefined => {
  const last = args.at(-1);
  return typeof last === 'function' ? (last as () => void) : undefined;
};

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
export function gateResponse<Outcome>(res: ServerResponse, keeper: GateKeeper<Outcome>): void {
  Object.defineProperty(res, GATE, { value: new ResponseGate(res, keeper) });
  Object.assign(res, gated);
}
