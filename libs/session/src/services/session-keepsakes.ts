import type { Duration } from '../options/duration.js';
import { flashInto, flashOf, type FlashMessages } from './flash.js';
import { changeValues, valuesOf } from './change-values.js';
import { ReturnTo } from './return-to.js';
import { SessionAccess, requireDuration } from './session-access.js';
import { issueOnce, takeOnce, type TakenOnce } from './single-use.js';

/** Options of `SessionService.once()`. */
export interface OnceOptions {
  /**
   * How long the value is good for.
   * @default '10m'
   */
  ttl?: Duration;
  /** What belongs to the value and does not leave the session, such as the verifier of PKCE: JSON. */
  data?: unknown;
}

/** What a session keeps until it is asked for once: messages, where a visitor wanted to go, single-use values. */
export abstract class SessionKeepsakes extends SessionAccess {
  /** Where a visitor wanted to go before something came in between. */
  readonly returnTo: ReturnTo = new ReturnTo((what) => this.loaded(what));

  /**
   * Keeps a message for the next page, or gives the messages that are kept and forgets them. They are where
   * `connect-flash` has them: `session.flash`.
   * @param type such as `'info'` or `'error'`; without it, all are given by type
   * @example
   * await this.sessions.flash('info', 'Saved.');
   * const messages = await this.sessions.flash('info');   // ['Saved.']
   */
  async flash(type: string, message: string): Promise<void>;
  async flash(type: string): Promise<string[]>;
  async flash(): Promise<FlashMessages>;
  async flash(type?: string, message?: string): Promise<void | string[] | FlashMessages> {
    const session = await this.loaded('flash()');
    if (type !== undefined && message !== undefined) return changeValues(session, flashInto(type, message));
    const take = flashOf(type);
    // A page that has nothing to show writes nothing.
    const shown = take({ ...valuesOf(session) });
    if (Object.keys(shown).length === 0) return shown;
    return changeValues(session, take);
  }

  /**
   * A random value that this session takes back once, such as the `state` of an OAuth request (ASVS V10.1.2). Of each
   * key the last ten are good, so that several tabs can be under way.
   * @param key what it is for: `'oauth'`
   * @example
   * const state = await this.sessions.once('oauth', { data: { verifier } });
   */
  async once(key: string, { ttl = '10m', data }: OnceOptions = {}): Promise<string> {
    const session = await this.loaded('once()');
    return issueOnce(session, key, requireDuration('ttl', ttl), data);
  }

  /**
   * Takes a value of {@link once} back. Of requests that bring the same one, however close together, one gets it.
   *
   * In a store that is an atomic change of the session. On `sealedCookie()` the revocation store remembers what was
   * taken; with `revocation: 'none'` only this process does, so that an old cookie brings a value back in another one.
   * @param value what the browser sent: anything
   * @returns undefined unless it is good; then `data` is what {@link once} was given
   * @example
   * const taken = await this.sessions.takeOnce('oauth', query.state);
   * if (!taken) throw new BadRequestException('Begin the login anew.');
   */
  async takeOnce(key: string, value: unknown): Promise<TakenOnce | undefined> {
    return takeOnce(await this.loaded('takeOnce()'), key, value);
  }
}
