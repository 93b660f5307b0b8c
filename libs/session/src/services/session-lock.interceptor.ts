import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { finalize, type Observable } from 'rxjs';
import { SessionContextError } from '../errors/session-context.error.js';
import { withHttpErrors } from '../http/http-errors.js';
import { SESSION_RUNTIME, type SessionRuntime } from '../http/session-runtime.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';

/** How long (ms) a route marked `@SessionLock()` waits. @internal */
export const LockWait = Reflector.createDecorator<number>({ key: 'nest-session:lock' });

/** Implements `@SessionLock()`. @internal */
@Injectable()
export class SessionLockInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  constructor(@Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const session = sessionOfRequest(requestOf(context));
    if (!session) throw SessionContextError.outsideRequest('@SessionLock()');
    const wait = this.reflector.getAllAndOverride(LockWait, [context.getHandler(), context.getClass()]);
    const { locks } = this.runtime;
    const release = await withHttpErrors(() => locks.acquire(session, wait));
    const response = context.switchToHttp().getResponse<ServerResponse | { raw: ServerResponse }>();
    const raw = 'raw' in response ? response.raw : response;
    // The session is committed when the response has left; a client that leaves early does not end the handler.
    const closed = raw.closed ? Promise.resolve() : once(raw, 'close');
    return next.handle().pipe(
      finalize(() => {
        closed.then(release, release).catch(() => undefined);
      }),
    );
  }
}
