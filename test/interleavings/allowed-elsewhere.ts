import type { AllowedEnds } from './allowed-ends.js';

/** What is allowed besides on other backends than memory, by their names: nothing elsewhere. */
export const ALLOWED_ELSEWHERE: Readonly<Record<string, AllowedEnds>> = {
  sealed: {
    'anonymous: save + regenerate': {
      'I6 nothing is left of the session: regenerate, then save arrive': 'R1',
    },
    'anonymous: save + login': {
      'I6 a dead cookie is left, and a session is live: login, then save arrive': 'R1',
    },
    'anonymous: save + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then save arrive': 'R1',
    },
    'anonymous: renew + regenerate': {
      'I6 nothing is left of the session: regenerate, then renew arrive': 'R1',
    },
    'anonymous: renew + login': {
      'I6 a dead cookie is left, and a session is live: login, then renew arrive': 'R1',
    },
    'anonymous: renew + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then renew arrive': 'R1',
    },
    'pending: save + login': {
      'I6 a dead cookie is left, and a session is live: login, then save arrive': 'R1',
    },
    'pending: save + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then save arrive': 'R1',
    },
    'pending: save + completeLogin': {
      'I6 a dead cookie is left, and a session is live: completeLogin, then save arrive': 'R1',
    },
    'signed-in: save + elevate': {
      'I6 a dead cookie is left, and a session is live: elevate, then save arrive': 'R1',
    },
    'signed-in: save + reauthenticate': {
      'I6 a dead cookie is left, and a session is live: reauthenticate, then save arrive': 'R1',
    },
    'signed-in: save + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then save arrive': 'R1',
    },
    'signed-in: save + impersonate': {
      'I6 a dead cookie is left, and a session is live: impersonate, then save arrive': 'R1',
    },
    'signed-in: save + login': {
      'I6 a dead cookie is left, and a session is live: login, then save arrive': 'R1',
    },
    'signed-in: save + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then save arrive': 'R1',
    },
    'signed-in: save + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then save arrive': 'R1',
    },
    'signed-in: save now + elevate': {
      'I6 a dead cookie is left, and a session is live: elevate, then save now arrive': 'R1',
    },
    'signed-in: save now + reauthenticate': {
      'I6 a dead cookie is left, and a session is live: reauthenticate, then save now arrive': 'R1',
    },
    'signed-in: save now + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then save now arrive': 'R1',
    },
    'signed-in: save now + impersonate': {
      'I6 a dead cookie is left, and a session is live: impersonate, then save now arrive': 'R1',
    },
    'signed-in: save now + login': {
      'I6 a dead cookie is left, and a session is live: login, then save now arrive': 'R1',
    },
    'signed-in: save now + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then save now arrive': 'R1',
    },
    'signed-in: save now + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then save now arrive': 'R1',
    },
    'signed-in: renew + elevate': {
      'I6 a dead cookie is left, and a session is live: elevate, then renew arrive': 'R1',
    },
    'signed-in: renew + reauthenticate': {
      'I6 a dead cookie is left, and a session is live: reauthenticate, then renew arrive': 'R1',
    },
    'signed-in: renew + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then renew arrive': 'R1',
    },
    'signed-in: renew + impersonate': {
      'I6 a dead cookie is left, and a session is live: impersonate, then renew arrive': 'R1',
    },
    'signed-in: renew + login': {
      'I6 a dead cookie is left, and a session is live: login, then renew arrive': 'R1',
    },
    'signed-in: renew + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then renew arrive': 'R1',
    },
    'signed-in: renew + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then renew arrive': 'R1',
    },
    'signed-in: extend + elevate': {
      'I6 a dead cookie is left, and a session is live: elevate, then extend arrive': 'R1',
    },
    'signed-in: extend + reauthenticate': {
      'I6 a dead cookie is left, and a session is live: reauthenticate, then extend arrive': 'R1',
    },
    'signed-in: extend + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then extend arrive': 'R1',
    },
    'signed-in: extend + impersonate': {
      'I6 a dead cookie is left, and a session is live: impersonate, then extend arrive': 'R1',
    },
    'signed-in: extend + login': {
      'I6 a dead cookie is left, and a session is live: login, then extend arrive': 'R1',
    },
    'signed-in: extend + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then extend arrive': 'R1',
    },
    'signed-in: extend + beginLogin': {
      'I6 nothing is left of the session: beginLogin, then extend arrive': 'R1',
    },
    'signed-in: login + login': {
      'I6 a dead cookie is left, and a session is live: login (first), then login (second) arrive': 'R2',
    },
    'acting: save + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then save arrive': 'R1',
    },
    'acting: save + stop': {
      'I6 a dead cookie is left, and a session is live: stop, then save arrive': 'R1',
    },
    'acting: save + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then save arrive': 'R1',
    },
    'acting: renew + regenerate': {
      'I6 a dead cookie is left, and a session is live: regenerate, then renew arrive': 'R1',
    },
    'acting: renew + stop': {
      'I6 a dead cookie is left, and a session is live: stop, then renew arrive': 'R1',
    },
    'acting: renew + login over': {
      'I6 a dead cookie is left, and a session is live: login over, then renew arrive': 'R1',
    },
  },
  'plain ids': {
    'signed-in: elevate + revoke': {
      'I3 revoke was answered 200, and the cookie of elevate opens the session': 'PLAIN',
    },
    'signed-in: elevate + revokeOthers': {
      'I8 revokeOthers ended the session that it spares': 'PLAIN',
      'I6 nothing is left of the session: elevate arrives': 'PLAIN',
      'I6 nothing is left of the session: no cookie arrives': 'PLAIN',
    },
    'signed-in: elevate + registry.update': {
      'I4 registry.update missed what the cookie of elevate opens': 'PLAIN',
    },
    'signed-in: elevate + login (limit)': {
      'I5 3 sessions of alice are live, and 2 may be': 'PLAIN',
    },
    'signed-in: reauthenticate + revoke': {
      'I3 revoke was answered 200, and the cookie of reauthenticate opens the session': 'PLAIN',
    },
    'signed-in: reauthenticate + revokeOthers': {
      'I8 revokeOthers ended the session that it spares': 'PLAIN',
      'I6 nothing is left of the session: reauthenticate arrives': 'PLAIN',
      'I6 nothing is left of the session: no cookie arrives': 'PLAIN',
    },
    'signed-in: reauthenticate + registry.update': {
      'I4 registry.update missed what the cookie of reauthenticate opens': 'PLAIN',
    },
    'signed-in: reauthenticate + login (limit)': {
      'I5 3 sessions of alice are live, and 2 may be': 'PLAIN',
    },
    'signed-in: regenerate + revoke': {
      'I3 revoke was answered 200, and the cookie of regenerate opens the session': 'PLAIN',
    },
    'signed-in: regenerate + revokeOthers': {
      'I8 revokeOthers ended the session that it spares': 'PLAIN',
      'I6 nothing is left of the session: regenerate arrives': 'PLAIN',
      'I6 nothing is left of the session: no cookie arrives': 'PLAIN',
    },
    'signed-in: regenerate + registry.update': {
      'I4 registry.update missed what the cookie of regenerate opens': 'PLAIN',
    },
    'signed-in: regenerate + login (limit)': {
      'I5 3 sessions of alice are live, and 2 may be': 'PLAIN',
    },
    'signed-in: impersonate + registry.update': {
      'I4 registry.update missed the values that wait behind the cookie of impersonate': 'PLAIN',
    },
    'signed-in: impersonate + login (limit)': {
      'I5 3 sessions of alice are live, and 2 may be': 'PLAIN',
    },
    'signed-in: impersonate + revokeOthers': {
      'I8 revokeOthers ended the session that it spares': 'PLAIN',
      'I8 revokeOthers was answered 200, and the cookie of impersonate opens a session of alice': 'PLAIN',
      'I6 nothing is left of the session: no cookie arrives': 'PLAIN',
      'I6 nothing is left of the session: impersonate arrives': 'PLAIN',
    },
    'signed-in: login + revokeOthers': {
      'I6 nothing is left of the session: no cookie arrives': 'PLAIN',
      'I6 nothing is left of the session: login arrives': 'PLAIN',
      'I8 revokeOthers was answered 200, and the cookie of login opens a session of alice': 'PLAIN',
    },
    'signed-in: login + login (limit)': {
      'I5 3 sessions of alice are live, and 2 may be': 'PLAIN',
    },
    'acting: regenerate + registry.update': {
      'I4 registry.update missed the values that wait behind the cookie of regenerate': 'PLAIN',
    },
    'acting: regenerate + registry.update(carol)': {
      'I4 registry.update(carol) missed what the cookie of regenerate opens': 'PLAIN',
    },
    'acting: stop + revoke': {
      'I3 revoke was answered 200, and the cookie of stop opens the session': 'PLAIN',
    },
    'acting: stop + registry.update': {
      'I4 registry.update missed what the cookie of stop opens': 'PLAIN',
    },
  },
};
