import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';

/** Implements `@NoRenew()`. Lets in all requests. @internal */
@Injectable()
export class NoRenewGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    sessionOfRequest(requestOf(context))?.keepDeadline();
    return true;
  }
}
