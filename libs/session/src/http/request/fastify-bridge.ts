import type { IncomingMessage } from 'node:http';
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

/** Lets `request.session` be the raw request's session, and keeps the request's context while Fastify reads the body. */
export function bridgeFastify(instance: FastifyInstance): void {
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
  instance.addHook('preValidation', (request, _reply, done) => {
    const session = sessionOfRequest(request.raw);
    if (session) requestContext.run(session, done);
    else done();
  });
}
