import type { UserKeyOf } from '../core/user-key.js';
import { SessionUsageError } from '../errors/session-usage.error.js';

/** The application's `userKey`, which would mix users if it gave no text: `undefined` for one tenant after the other. */
export const checkedUserKey =
  (given: UserKeyOf): UserKeyOf =>
  (user) => {
    const key: unknown = given(user);
    if (typeof key !== 'string' || key === '') throw SessionUsageError.badUserKey(key);
    return key;
  };
