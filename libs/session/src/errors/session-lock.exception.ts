import { ConflictException } from '@nestjs/common';

/**
 * Another request of the same session is still under way on a route marked `@SessionLock()`, and this one waited as
 * long as it may: HTTP 409. Nothing was changed.
 */
export class SessionLockException extends ConflictException {
  readonly code = 'SESSION_LOCKED';

  constructor() {
    super('Another request of this session is still under way. Try again when it is done.', {
      errorCode: 'SESSION_LOCKED',
    });
  }
}
