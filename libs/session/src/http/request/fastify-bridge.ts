import type { IncomingMessage } from 'node:http';
import { LiveSession } from '../../request/live-session.js';
import { requestContext, sessionOfRequest } from './request-context.js';

interface FastifyRequest {
  readonly raw: IncomingMessage & { session?: unknown };
}

/** The part of a Fastify instance that is used, so that its types need not be installed. */
interface FastifyInstance {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(
    name: string,
    property: { getter(this: FastifyRequest): unknown; setter(this: FastifyRequest, value: unknown): void },
  ): unknown;
  addHook(name: 'preValidation', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): unknown;
}

/**
 * Makes `request.session` the raw request's session. Done when the module is created, because plugins that need a session
 * check for it when they are registered: @fastify/flash, @fastify/csrf-protection. They call `get()` and `set()`, as
 * sessions of Fastify have.
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
