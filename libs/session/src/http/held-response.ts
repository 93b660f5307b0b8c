import type { ServerResponse } from 'node:http';

/** A method that the gate stands in for. */
export type GatedMethod = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** A call that waits. */
export interface Operation {
  readonly method: GatedMethod;
  readonly args: unknown[];
}

const SETTERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

/**
 * What a response is asked to do while it is held back. Meanwhile the response looks as if it was sent, so that nothing
 * that comes after the answer (an exception filter, a second answer) begins another one.
 */
export class HeldResponse {
  readonly queue: Operation[] = [];
  /** Somebody was told to wait for "drain". */
  blocked = false;
  private readonly shadowed: [name: string, before: PropertyDescriptor | undefined][] = [];

  /**
   * @param hasEnded whether `end()` was called
   */
  constructor(
    private readonly res: ServerResponse,
    hasEnded: () => boolean,
  ) {
    // What is set from now on comes too late, as it would if the headers were gone.
    this.shadow('statusCode', { value: res.statusCode, writable: true });
    this.shadow('headersSent', { get: () => true });
    this.shadow('writableEnded', { get: hasEnded });
    for (const name of SETTERS) this.shadow(name, { value: name === 'removeHeader' ? refuseRemove : refuseSet });
  }

  /** Lets the response look like what it is again. */
  reveal(): void {
    for (const [name, before] of this.shadowed.splice(0)) {
      Reflect.deleteProperty(this.res, name);
      if (before) Object.defineProperty(this.res, name, before);
    }
  }

  private shadow(name: string, descriptor: PropertyDescriptor): void {
    this.shadowed.push([name, Object.getOwnPropertyDescriptor(this.res, name)]);
    Object.defineProperty(this.res, name, { configurable: true, enumerable: true, ...descriptor });
  }
}

/** What Node throws where headers are touched too late. */
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
