import { NotFoundException } from '@nestjs/common';

/** The same for a session that is over, that never was, and that is somebody else's: HTTP 404. */
export class SessionNotFoundException extends NotFoundException {
  readonly code = 'SESSION_NOT_FOUND';

  constructor() {
    super('There is no such session.', { errorCode: 'SESSION_NOT_FOUND' });
  }
}
