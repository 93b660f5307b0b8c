import { expect, it } from 'vitest';
import { pairOf, type OperationName } from '../../interleavings/operations.js';
import { ACTORS, NOTHING, type Attempt, type GivenCookie, type Outcome } from './attempt.js';
import { Verdict } from './verdict.js';

const NAME = 'n'.repeat(22);
const FIRST = `s2:${NAME}.1.x.y`;
const SECOND = `s2:${NAME}.2.x.y`;

const live = { live: true, handle: NAME, user: { id: 'alice-7', role: 1 }, data: { kept: 'B', life: 'B' } };

interface Told {
  readonly status?: number;
  /** What the answers carried. */
  readonly cookies?: readonly (string | undefined)[];
  /** What is live in the end. */
  readonly opens: readonly string[];
  readonly left?: string | undefined;
}

/** An attempt of two operations on a signed-in session, as a broken engine would leave it. */
function ended(names: [OperationName, OperationName], { status = 200, cookies = [], opens, left }: Told): Attempt {
  const pair = pairOf('signed-in', ...names);
  const outcomes = ACTORS.map((actor, n): Outcome => {
    const answer = { status, cookie: cookies[n], retryAfter: undefined, text: '', took: 0 };
    return { actor, operation: pair.operations[n] as Outcome['operation'], url: '', answer, handle: NAME };
  });
  const given = [FIRST, ...cookies].flatMap((cookie, n): GivenCookie[] =>
    cookie
      ? [
          {
            cookie,
            by: n === 0 ? undefined : ACTORS[n - 1],
            browser: 'B',
            seen: opens.includes(cookie) ? live : NOTHING,
            disputed: false,
          },
        ]
      : [],
  );
  const servers = [] as unknown as Attempt['servers'];
  return { serial: '7', pair, servers, start: { B: FIRST }, outcomes, arrivals: outcomes, left, given };
}

it.each<[string, Attempt, string[]]>([
  ['nothing', ended(['read', 'logout'], { cookies: [undefined, ''], opens: [] }), []],
  [
    'a logout that ends nothing',
    ended(['read', 'logout'], { cookies: [undefined, ''], opens: [FIRST] }),
    [
      'I3 logout was answered 200, and the cookie that browser B had opens the session',
      'I6 no cookie is left, and a session is live: logout arrives',
    ],
  ],
  [
    'a session that survives the end of all of its user',
    ended(['elevate', 'revokeAll'], { cookies: [SECOND], opens: [SECOND], left: SECOND }),
    ['I8 revokeAll was answered 200, and the cookie of elevate opens a session of alice'],
  ],
  [
    'a secret that was replaced',
    ended(['read', 'regenerate'], { cookies: [undefined, SECOND], opens: [FIRST, SECOND], left: SECOND }),
    ['I7 regenerate was answered 200, and the cookie before it opens the session'],
  ],
  [
    'a change from outside that missed the session',
    ended(['read', 'registryUpdate'], { opens: [FIRST], left: FIRST }),
    ['I4 registry.update missed what the cookie that browser B had opens'],
  ],
  [
    'a browser with a dead cookie',
    ended(['elevate', 'regenerate'], { cookies: [SECOND, FIRST], opens: [SECOND], left: FIRST }),
    ['I6 a dead cookie is left, and a session is live: elevate, then regenerate arrive'],
  ],
  [
    'an error of the server',
    ended(['read', 'logout'], { status: 500, opens: [FIRST], left: FIRST }),
    ['I0 read was answered 500: ', 'I0 logout was answered 500: '],
  ],
])('sees %s', async (_, attempt, expected) => {
  expect((await Verdict.of(attempt)).map(({ what }) => what)).toEqual(expected);
});
