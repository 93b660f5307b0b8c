import type { IncomingMessage } from 'node:http';
import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { isSameOrigin } from '../http/request/same-origin.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For our own routes that change something: refuses pages of other sites, whether the application does or not. @internal */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const { method = 'GET', headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (SAFE_METHODS.has(method) || isSameOrigin(headers)) return true;
    throw new ForbiddenException('Another site must not do this.', { errorCode: 'SESSION_CROSS_ORIGIN' });
  }
}
