/**
 * End states that are allowed although they look odd, each by its pair and by name: nothing is allowed by a pattern. Each
 * of them has to occur, so that none stays here that has been done away with.
 */

/** Why an end state is allowed. */
export const REASONS = {
  R1: 'A response with a cookie that was right when it was decided arrives after that of a later rotation. In sealed cookies each write has one.',
  R2: 'Two acts at once that end in two sessions: the response of the one that is over may arrive last.',
  R3: 'A sign-out beside a sign-in: the last arrival counts.',
  R7: 'A browser without any cookie writes and signs in at once: the last arrival counts.',
  PLAIN:
    'Plain ids: a rotation moves the session to another key and handle, and operations from outside may come between.',
  JOIN: 'A proof that joins another one raises the session of both: its secret stays the one that the first was given.',
} as const;

export type Reason = keyof typeof REASONS;

/** By the label of a pair: what its ends may violate. */
export type AllowedEnds = Readonly<Record<string, Readonly<Record<string, Reason>>>>;

export const ALLOWED: AllowedEnds = {
  'none: save + login': {
    'I6 an anonymous cookie is left beside a login: login, then save arrive': 'R7',
  },
  'none: save + beginLogin': {
    'I6 an anonymous cookie is left beside a login: beginLogin, then save arrive': 'R7',
  },
  'none: login + beginLogin': {
    'I6 a half login is left beside a login: login, then beginLogin arrive': 'R2',
  },
  'anonymous: renew with a cookie + regenerate': {
    'I6 nothing is left of the session: regenerate, then renew with a cookie arrive': 'R1',
  },
  'anonymous: renew with a cookie + login': {
    'I6 a dead cookie is left, and a session is live: login, then renew with a cookie arrive': 'R1',
  },
  'anonymous: renew with a cookie + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then renew with a cookie arrive': 'R1',
  },
  'anonymous: regenerate + rotateAfter': {
    'I6 nothing is left of the session: regenerate, then rotateAfter arrive': 'R1',
  },
  'anonymous: regenerate + login': {
    'I6 a dead cookie is left, and a session is live: login, then regenerate arrive': 'R2',
  },
  'anonymous: regenerate + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then regenerate arrive': 'R2',
  },
  'anonymous: rotateAfter + login': {
    'I6 a dead cookie is left, and a session is live: login, then rotateAfter arrive': 'R1',
  },
  'anonymous: rotateAfter + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then rotateAfter arrive': 'R1',
  },
  'anonymous: login + destroy': {
    'I6 no cookie is left, and a session is live: login, then destroy arrive': 'R3',
  },
  'anonymous: login + beginLogin': {
    'I6 a half login is left beside a login: login, then beginLogin arrive': 'R2',
  },
  'pending: login + beginLogin': {
    'I6 a half login is left beside a login: login, then beginLogin arrive': 'R2',
  },
  'pending: beginLogin + completeLogin': {
    'I6 a half login is left beside a login: completeLogin, then beginLogin arrive': 'R2',
  },
  'signed-in: renew with a cookie + elevate': {
    'I6 a dead cookie is left, and a session is live: elevate, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + reauthenticate': {
    'I6 a dead cookie is left, and a session is live: reauthenticate, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + regenerate': {
    'I6 a dead cookie is left, and a session is live: regenerate, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + impersonate': {
    'I6 a dead cookie is left, and a session is live: impersonate, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + login': {
    'I6 a dead cookie is left, and a session is live: login, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then renew with a cookie arrive': 'R1',
  },
  'signed-in: renew with a cookie + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then renew with a cookie arrive': 'R1',
  },
  'signed-in: elevate + reauthenticate': {
    'I9 reauthenticate was given a session of level 2': 'JOIN',
  },
  'signed-in: elevate + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: elevate, then rotateAfter arrive': 'R1',
  },
  'signed-in: elevate + login': {
    'I9 login was given a session of level 2': 'JOIN',
    'I6 a dead cookie is left, and a session is live: login, then elevate arrive': 'R2',
  },
  'signed-in: elevate + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then elevate arrive': 'R2',
  },
  'signed-in: elevate + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then elevate arrive': 'R2',
  },
  'signed-in: reauthenticate + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: reauthenticate, then rotateAfter arrive': 'R1',
  },
  'signed-in: reauthenticate + login': {
    'I6 a dead cookie is left, and a session is live: login, then reauthenticate arrive': 'R2',
  },
  'signed-in: reauthenticate + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then reauthenticate arrive': 'R2',
  },
  'signed-in: reauthenticate + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then reauthenticate arrive': 'R2',
  },
  'signed-in: regenerate + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: regenerate, then rotateAfter arrive': 'R1',
  },
  'signed-in: regenerate + login': {
    'I6 a dead cookie is left, and a session is live: login, then regenerate arrive': 'R2',
  },
  'signed-in: regenerate + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then regenerate arrive': 'R2',
  },
  'signed-in: regenerate + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then regenerate arrive': 'R2',
  },
  'signed-in: impersonate + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: impersonate, then rotateAfter arrive': 'R1',
  },
  'signed-in: impersonate + login': {
    'I6 a dead cookie is left, and a session is live: login, then impersonate arrive': 'R2',
  },
  'signed-in: impersonate + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then impersonate arrive': 'R2',
  },
  'signed-in: impersonate + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then impersonate arrive': 'R2',
  },
  'signed-in: rotateAfter + login': {
    'I6 a dead cookie is left, and a session is live: login, then rotateAfter arrive': 'R1',
  },
  'signed-in: rotateAfter + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then rotateAfter arrive': 'R1',
  },
  'signed-in: rotateAfter + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then rotateAfter arrive': 'R1',
  },
  'signed-in: login + login': {
    'I6 a dead cookie is left, and a session is live: login (second), then login (first) arrive': 'R2',
  },
  'signed-in: login + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then login arrive': 'R2',
  },
  'signed-in: login + beginLogin': {
    'I6 nothing is left of the session: beginLogin, then login arrive': 'R2',
    'I6 a half login is left beside a login: login, then beginLogin arrive': 'R2',
  },
  'signed-in: login + logout': {
    'I6 no cookie is left, and a session is live: login, then logout arrive': 'R3',
  },
  'signed-in: login + destroy': {
    'I6 no cookie is left, and a session is live: login, then destroy arrive': 'R3',
  },
  'signed-in: login over + beginLogin': {
    'I6 a half login is left beside a login: login over, then beginLogin arrive': 'R2',
  },
  'signed-in: login over + logout': {
    'I6 no cookie is left, and a session is live: login over, then logout arrive': 'R3',
  },
  'signed-in: login over + destroy': {
    'I6 no cookie is left, and a session is live: login over, then destroy arrive': 'R3',
  },
  'acting: regenerate + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: regenerate, then rotateAfter arrive': 'R1',
  },
  'acting: regenerate + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then regenerate arrive': 'R2',
  },
  'acting: stop + rotateAfter': {
    'I6 a dead cookie is left, and a session is live: stop, then rotateAfter arrive': 'R1',
  },
  'acting: stop + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then stop arrive': 'R2',
  },
  'acting: rotateAfter + login over': {
    'I6 a dead cookie is left, and a session is live: login over, then rotateAfter arrive': 'R1',
  },
  'acting: login over + logout': {
    'I6 no cookie is left, and a session is live: login over, then logout arrive': 'R3',
  },
  'acting: login over + destroy': {
    'I6 no cookie is left, and a session is live: login over, then destroy arrive': 'R3',
  },
};
