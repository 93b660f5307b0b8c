import { ConflictException } from '@nestjs/common';

/**
 * The session has just been given a new id, and this request came with the old one: it could read the session and must
 * not write to it. HTTP 409, and no cookie: the browser has the new one already, or gets it with another response. The
 * same request, sent again, succeeds.
 */
export class SessionRotatedException extends ConflictException {
  readonly code = 'SESSION_ROTATED';

  constructor() {
    super('The session has just been given a new id. Send the request again.', { errorCode: 'SESSION_ROTATED' });
  }
}
