import type { IncomingMessage } from 'node:http';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { SessionCrossOriginError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import { isSameOrigin } from '../http/request/same-origin.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For routes of this library that change something: refuses requests from pages of other sites. @internal */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const { method = 'GET', headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (SAFE_METHODS.has(method) || isSameOrigin(headers)) return true;
    throw new SessionException(new SessionCrossOriginError());
  }
}
