import { ALL_PAIRS, pairOf, type OperationName, type Pair, type StartState } from '../../interleavings/operations.js';

/** A row of the table of conflicts: what two requests at once come to. */
export interface Row {
  readonly title: string;
  readonly pairs: readonly Pair[];
}

const ROTATIONS = ['elevate', 'reauthenticate', 'regenerate', 'impersonate', 'rotateAfter'] as const;
const PROOFS = ['elevate', 'reauthenticate'] as const;

const each = (state: StartState, ones: readonly OperationName[], others: readonly OperationName[]): readonly Pair[] =>
  ones.flatMap((one) => others.map((other) => pairOf(state, one, other)));

/** In the order of BY_STATE, so that labels are those of ALL_PAIRS. */
const known = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.map((pair) => {
    const [a, b] = pair.names;
    const same = ALL_PAIRS.find(
      ({ state, names }) =>
        state === pair.state && ((names[0] === a && names[1] === b) || (names[0] === b && names[1] === a)),
    );
    return same ?? pair;
  });

const row = (title: string, ...pairs: (readonly Pair[])[]): Row => ({ title, pairs: known(pairs.flat()) });

/** The rows, each as the pairs that it is about. */
export const ROWS: readonly Row[] = [
  row('proof and proof', [
    pairOf('signed-in', 'elevate', 'elevate'),
    pairOf('signed-in', 'elevate', 'reauthenticate'),
    pairOf('signed-in', 'reauthenticate', 'reauthenticate'),
    pairOf('signed-in', 'elevate', 'login'),
    pairOf('signed-in', 'reauthenticate', 'login'),
  ]),
  row('age and any request', each('signed-in', ['rotateAfter'], ['rotateAfter', 'read', 'save', 'update', 'renew'])),
  row('age, then proof', each('signed-in', [...PROOFS, 'login'], ['rotateAfter'])),
  row('proof and regenerate', each('signed-in', PROOFS, ['regenerate'])),
  row('rotation and a save under way', each('signed-in', ['save', 'update'], ROTATIONS)),
  row('rotation and logout', each('signed-in', ROTATIONS, ['logout', 'destroy']), each('acting', ['stop'], ['logout'])),
  row('rotation and revokeAll', each('signed-in', ROTATIONS, ['revokeAll']), each('acting', ['stop'], ['revokeAll'])),
  row('impersonate and revokeAll', each('signed-in', ['impersonate'], ['revokeAll', 'revokeActed'])),
  row(
    'login and revokeAll',
    each('anonymous', ['login'], ['revokeAll']),
    each('signed-in', ['login'], ['revokeAll']),
    each('pending', ['completeLogin'], ['revokeAll']),
  ),
  row('login and an anonymous writer', each('anonymous', ['save', 'update'], ['login'])),
  row(
    'login and login',
    each('none', ['login'], ['login']),
    each('anonymous', ['login'], ['login', 'loginOther']),
    each('signed-in', ['login'], ['login', 'loginOther']),
  ),
];

/** All other pairs, by what they start from. */
export const OTHERS: readonly Row[] = (['none', 'anonymous', 'pending', 'signed-in', 'acting'] as const).map(
  (state) => ({
    title: `other pairs: ${state}`,
    pairs: ALL_PAIRS.filter(
      (pair) => pair.state === state && !ROWS.some(({ pairs }) => pairs.some(({ label }) => label === pair.label)),
    ),
  }),
);
