import type { ServerResponse } from 'node:http';

/** A method that the gate replaces. */
export type GatedMethod = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** A call that waits. */
export interface Operation {
  readonly method: GatedMethod;
  readonly args: unknown[];
}

/** The error of Node for headers that are set too late. */
export const headersSent = (what: string): Error =>
  Object.assign(new Error(`Cannot ${what} headers after they are sent to the client`), {
    code: 'ERR_HTTP_HEADERS_SENT',
  });

const refuseSet = (): never => {
  throw headersSent('set');
};

const refuseRemove = (): never => {
  throw headersSent('remove');
};

/** Who holds a response back. */
const holders = new WeakMap<object, { readonly hasEnded: () => boolean }>();

// What is set from now on comes too late, as it would if the headers were gone.
const SHADOWS: PropertyDescriptorMap = {
  headersSent: { configurable: true, enumerable: true, get: () => true },
  writableEnded: {
    configurable: true,
    enumerable: true,
    get(this: object) {
      return holders.get(this)?.hasEnded() ?? false;
    },
  },
  setHeader: { configurable: true, enumerable: true, value: refuseSet },
  setHeaders: { configurable: true, enumerable: true, value: refuseSet },
  appendHeader: { configurable: true, enumerable: true, value: refuseSet },
  removeHeader: { configurable: true, enumerable: true, value: refuseRemove },
};

const NAMES = Object.keys(SHADOWS);

/** By the prototype that they shadow. */
const shadowing = new WeakMap<object, object>();

function shadowOf(prototype: object): object {
  let shadow = shadowing.get(prototype);
  if (!shadow) {
    shadow = Object.create(prototype, SHADOWS) as object;
    shadowing.set(prototype, shadow);
  }
  return shadow;
}

/**
 * What a response is asked to do while it is held back. Meanwhile the response looks as if it was sent, so that nothing
 * that comes after the answer (an exception filter, a second answer) begins another one.
 *
 * It looks so by another prototype: properties that come and go would make every later use of the response slow.
 */
export class HeldResponse {
  readonly queue: Operation[] = [];
  /** Code was told to wait for "drain". */
  blocked = false;
  private readonly statusCode: number;
  private readonly shadow: object;
  /** What others had put on the response itself, which a prototype does not shadow. */
  private readonly own: [name: string, before: PropertyDescriptor][] = [];
  private revealed = false;

  /**
   * @param hasEnded whether `end()` was called
   */
  constructor(
    private readonly res: ServerResponse,
    readonly hasEnded: () => boolean,
  ) {
    this.statusCode = res.statusCode;
    holders.set(res, this);
    this.shadow = shadowOf(Object.getPrototypeOf(res) as object);
    Object.setPrototypeOf(res, this.shadow);
    for (const name of NAMES) if (Object.hasOwn(res, name)) this.shadowOwn(name);
  }

  /** Lets the response look like what it is again. */
  reveal(): void {
    if (this.revealed) return;
    this.revealed = true;
    const { res } = this;
    for (const [name, before] of this.own) Object.defineProperty(res, name, before);
    // Other code may have set another prototype meanwhile, which stays.
    if (Object.getPrototypeOf(res) === this.shadow)
      Object.setPrototypeOf(res, Object.getPrototypeOf(this.shadow) as object);
    holders.delete(res);
    if (res.statusCode !== this.statusCode) res.statusCode = this.statusCode;
  }

  private shadowOwn(name: string): void {
    const before = Object.getOwnPropertyDescriptor(this.res, name);
    const shadow = SHADOWS[name];
    if (!before || !shadow) return;
    this.own.push([name, before]);
    Object.defineProperty(this.res, name, shadow);
  }
}
