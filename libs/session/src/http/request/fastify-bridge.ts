import type { IncomingMessage } from 'node:http';
import { LiveSession } from '../../request/live-session.js';
import { requestContext, sessionOfRequest } from './request-context.js';

interface FastifyRequest {
  readonly raw: IncomingMessage & { session?: unknown };
}

/** As much of a Fastify instance as is needed, so that its types need not be installed. */
interface FastifyInstance {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(
    name: string,
    property: { getter(this: FastifyRequest): unknown; setter(this: FastifyRequest, value: unknown): void },
  ): unknown;
  addHook(name: 'preValidation', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): unknown;
}

/**
 * Lets `request.session` be the raw request's session. As soon as the module is made, because plugins that need a session
 * look for it when they are registered: @fastify/flash, @fastify/csrf-protection. They call its `get()` and `set()`, as
 * sessions of Fastify have them.
 */
export function decorateFastify(instance: FastifyInstance): void {
  if (!instance.hasRequestDecorator('session')) {
    instance.decorateRequest('session', {
      getter() {
        return this.raw.session;
      },
      setter(value) {
        this.raw.session = value;
      },
    });
  }
  for (const [name, value] of Object.entries(ACCESSORS))
    Object.defineProperty(LiveSession.prototype, name, { value, configurable: true, writable: true });
}

const ACCESSORS = {
  get(this: Record<string, unknown>, key: string): unknown {
    return this[key];
  },
  set(this: Record<string, unknown>, key: string, value: unknown): void {
    this[key] = value;
  },
};

/** Keeps the request's context while Fastify reads the body. */
export function bridgeFastify(instance: FastifyInstance): void {
  instance.addHook('preValidation', (request, _reply, done) => {
    const session = sessionOfRequest(request.raw);
    if (session) requestContext.run(session, done);
    else done();
  });
}
