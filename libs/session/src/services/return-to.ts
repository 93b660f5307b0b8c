import { safeReturnTo } from '../core/safe-return-to.js';
import type { RequestSession } from '../request/request-session.js';
import { changeValues, valuesOf } from './change-values.js';

/** The page to redirect to after login, kept at `session.returnTo` as in Passport. */
export class ReturnTo {
  constructor(private readonly loaded: (what: string) => Promise<RequestSession>) {}

  /**
   * Keeps a path on this site. Anything else, such as another origin, is not kept.
   * @returns whether it was kept
   */
  async set(path: unknown): Promise<boolean> {
    const safe = safeReturnTo(path, '');
    if (safe === '') return false;
    await changeValues(await this.loaded('returnTo.set()'), (values) => void (values['returnTo'] = safe));
    return true;
  }

  /**
   * Returns the path and removes it. `login()` drops the values of an anonymous session, so take it before, or log in
   * with `{ keep: ['returnTo'] }`.
   * @param fallback if none is kept
   */
  async take(fallback = '/'): Promise<string> {
    const session = await this.loaded('returnTo.take()');
    if (!Object.hasOwn(valuesOf(session), 'returnTo')) return fallback;
    return changeValues(session, (values) => {
      const kept = safeReturnTo(values['returnTo'], fallback);
      delete values['returnTo'];
      return kept;
    });
  }
}
