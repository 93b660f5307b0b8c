import type { Cookie } from 'express-session';

/** What to do with the cookie, and with the copy of the record beside it. */
export type CookieAction = CookieChange & {
  /** A copy for a second cookie; undefined leaves the one that the browser has. */
  readonly copy?: { readonly value: string; readonly cookie: Cookie };
};

type CookieChange =
  | { readonly type: 'none' }
  /** `token` is the content of the cookie. */
  | { readonly type: 'set'; readonly token: string; readonly cookie: Cookie }
  | { readonly type: 'clear'; readonly cookie: Cookie }
  /** The cookie is Secure and the request did not come over https. */
  | { readonly type: 'withheld'; readonly cause: string };

/** The state of a session at the commit. */
export interface CommitFacts {
  /** Not in the store. */
  readonly isNew: boolean;
  /** The browser sent the cookie that this session needs. */
  readonly inBrowser: boolean;
  /** The cookie contains the record itself. */
  readonly recordInCookie: boolean;
  readonly dataChanged: boolean;
  readonly cookieChanged: boolean;
  /** Whether the browser keeps the cookie when it closes: asked where something is written, which is seldom. */
  readonly persistent: () => boolean;
  readonly renewalDue: boolean;
  /** The application asked for a renewal. */
  readonly touched: boolean;
  /** The session that the browser sent ended in this request. */
  readonly endedSent: boolean;
  /** Why a new session cannot be stored. */
  readonly refused: 'rotated' | 'read-only' | 'insecure' | undefined;
  readonly rolling: boolean;
  readonly resave: boolean;
  readonly saveUninitialized: boolean;
}

/** The steps of the commit. */
export type CommitDecision =
  | { readonly write: 'none' | 'save' | 'renew' | 'destroy'; readonly cookie: 'none' | 'set' | 'clear' }
  | { readonly write: 'refused'; readonly refused: 'rotated' | 'read-only' | 'insecure' };

/** All rules of the commit, as a pure function. */
export function decideCommit(facts: CommitFacts): CommitDecision {
  if (facts.isNew) {
    if (!facts.dataChanged && !facts.saveUninitialized)
      return { write: 'none', cookie: facts.endedSent ? 'clear' : 'none' };
    return facts.refused ? { write: 'refused', refused: facts.refused } : { write: 'save', cookie: 'set' };
  }
  const changed = facts.dataChanged || facts.cookieChanged;
  const newCookie = !facts.inBrowser || facts.rolling || facts.recordInCookie;
  if (changed || facts.resave) {
    return {
      write: 'save',
      cookie: newCookie || facts.cookieChanged || (changed && facts.persistent()) ? 'set' : 'none',
    };
  }
  if (facts.renewalDue || facts.touched || (facts.rolling && facts.inBrowser)) {
    // A cookie waits for the renewal: one for a session that ended meanwhile must not reach the browser.
    return { write: 'renew', cookie: newCookie || facts.persistent() ? 'set' : 'none' };
  }
  return { write: 'none', cookie: facts.inBrowser ? 'none' : 'set' };
}
