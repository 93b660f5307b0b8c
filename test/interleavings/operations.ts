import { UnauthorizedException } from '@nestjs/common';
import type { SessionModuleOptions } from 'nest-session';
import type { Answer, Jar, Process, RequestTools } from './world.js';

/** Where a pair starts. */
export type StartState = 'none' | 'anonymous' | 'pending' | 'signed-in' | 'acting';

/** The browsers of a world: `B` is the one that everything is about; `D` is signed in as the same user elsewhere. */
export type Browser = 'B' | 'D' | 'E';

/** Keys of an anonymous session, or of a session of the same user, that a login carries over. */
export const KEPT = ['kept', 'A', 'B'];

export const ALICE = { id: 'alice', role: 1 };
export const BOB = { id: 'bob', role: 1 };
export const CAROL = { id: 'carol', role: 1 };

/** What an operation does to whose session, for the invariants to go by. */
export type Effect =
  /** Looks, or pushes a deadline on. */
  | { readonly kind: 'reads' }
  /** Changes a value of the session: `mark` of it must not get lost. */
  | { readonly kind: 'saves' }
  /** Gives the session of the request another secret. */
  | { readonly kind: 'rotates'; readonly proves?: 1 | 2; readonly byAge?: boolean; readonly actsAs?: string }
  /** Begins another session in place of the one of the request. */
  | { readonly kind: 'begins'; readonly user: string; readonly proves: 1 | 2; readonly pending?: boolean }
  /** Ends the session of the request. */
  | { readonly kind: 'signs-out' }
  /** Ends sessions from outside. */
  | { readonly kind: 'revokes'; readonly user?: string; readonly spares?: Browser }
  /** Changes the user in all sessions from outside. */
  | { readonly kind: 'updates'; readonly user: string };

export interface Operation {
  readonly label: string;
  readonly effect: Effect;
  /** Whose request it is; undefined for something that comes from outside. */
  readonly browser: Browser | undefined;
  /** What its process is given besides. */
  readonly options?: SessionModuleOptions;
  /** What both processes have to be given. */
  readonly shared?: SessionModuleOptions;
  /** @param mark a key of the session that is this operation's own */
  run(process: Process, at: { readonly jar: Jar; readonly mark: string; readonly handle: string }): Promise<Answer>;
}

const AGED: SessionModuleOptions = { rotateAfter: '1m', rotationGrace: '10s' };
const YOUNG: SessionModuleOptions = { rotateAfter: '1h', rotationGrace: '10s' };

function request(
  label: string,
  effect: Effect,
  work: (tools: RequestTools, mark: string) => unknown,
  more: Partial<Omit<Operation, 'label' | 'effect' | 'run'>> = {},
): Operation {
  return {
    label,
    effect,
    browser: 'B',
    ...more,
    run: (process, { jar, mark }) => process.request(jar, (tools) => work(tools, mark)),
  };
}

const login = (user: typeof ALICE): Effect => ({ kind: 'begins', user: user.id, proves: 1 });
const ALL: SessionModuleOptions = { maxSessionsPerUser: 2 };

export const OPERATIONS = {
  read: request('read', { kind: 'reads' }, ({ service }) => service.user),
  save: request('save', { kind: 'saves' }, ({ values }, mark) => {
    values[mark] = 1;
  }),
  saveNow: request('save now', { kind: 'saves' }, async ({ service, values }, mark) => {
    values[mark] = 1;
    await service.save();
  }),
  update: request('update', { kind: 'saves' }, ({ service }, mark) =>
    service.update((values) => {
      values[mark] = 1;
    }),
  ),
  renew: request('renew', { kind: 'reads' }, ({ service }) => service.current.touch()),
  extend: request('extend', { kind: 'reads' }, ({ service }) => service.extend()),
  roll: request('renew with a cookie', { kind: 'reads' }, ({ service }) => service.current.touch(), {
    options: { rolling: true },
  }),
  elevate: request('elevate', { kind: 'rotates', proves: 2 }, ({ service }) => service.elevate({ aal: 2 })),
  reauthenticate: request('reauthenticate', { kind: 'rotates', proves: 1 }, ({ service }) =>
    service.reauthenticate({ aal: 1 }),
  ),
  regenerate: request('regenerate', { kind: 'rotates' }, ({ service }) => service.regenerate()),
  impersonate: request('impersonate', { kind: 'rotates', actsAs: 'carol' }, ({ service }) =>
    service.impersonate(CAROL),
  ),
  stop: request('stop', { kind: 'rotates' }, ({ service }) => service.stopImpersonating()),
  rotateAfter: request('rotateAfter', { kind: 'rotates', byAge: true }, ({ service }) => service.user, {
    options: AGED,
    shared: YOUNG,
  }),
  login: request('login', login(ALICE), ({ service }) => service.login(ALICE, { keep: KEPT })),
  loginOther: request('login over', login(BOB), ({ service }) => service.login(BOB, { keep: KEPT })),
  beginLogin: request('beginLogin', { kind: 'begins', user: 'alice', proves: 1, pending: true }, ({ service }) =>
    service.beginLogin(ALICE, { keep: KEPT }),
  ),
  completeLogin: request('completeLogin', { kind: 'begins', user: 'alice', proves: 2 }, ({ service }) =>
    service.completeLogin({ keep: KEPT }),
  ),
  loginLimited: request('login (limit)', login(ALICE), ({ service }) => service.login(ALICE), {
    browser: 'E',
    shared: ALL,
  }),
  loginRefused: request('login (reject)', login(ALICE), ({ service }) => service.login(ALICE), {
    browser: 'E',
    shared: { ...ALL, whenFull: 'reject' },
  }),
  logout: request('logout', { kind: 'signs-out' }, ({ service }) => service.logout()),
  destroy: request('destroy', { kind: 'signs-out' }, ({ service }) => service.destroy()),
  revoke: {
    label: 'revoke',
    effect: { kind: 'revokes' },
    browser: undefined,
    run: (process, { handle }) => process.outside((registry) => registry.revoke(handle)),
  },
  revokeAll: revokeAll('alice'),
  revokeActed: revokeAll('carol'),
  revokeOthers: request('revokeOthers', { kind: 'revokes', user: 'alice', spares: 'B' }, revokeOthers),
  revokeOthersElsewhere: request(
    'revokeOthers elsewhere',
    { kind: 'revokes', user: 'alice', spares: 'D' },
    revokeOthers,
    { browser: 'D' },
  ),
  registryUpdate: registryUpdate('alice'),
  registryUpdateActed: registryUpdate('carol'),
} satisfies Record<string, Operation>;

/** Behind a guard, as such routes are. */
function revokeOthers({ registry, service }: RequestTools): Promise<number | undefined> {
  if (!service.user) throw new UnauthorizedException();
  return registry.revokeOthers();
}

function revokeAll(user: string): Operation {
  return {
    label: user === 'alice' ? 'revokeAll' : `revokeAll(${user})`,
    effect: { kind: 'revokes', user },
    browser: undefined,
    run: (process) => process.outside((registry) => registry.revokeAll(user)),
  };
}

function registryUpdate(user: string): Operation {
  return {
    label: user === 'alice' ? 'registry.update' : `registry.update(${user})`,
    effect: { kind: 'updates', user },
    browser: undefined,
    run: (process) =>
      process.outside((registry) =>
        registry.update({ userId: user }, (values) => {
          if (values.user?.id === user) Object.assign(values.user, { role: 0 });
        }),
      ),
  };
}

export type OperationName = keyof typeof OPERATIONS;

/** What can be done at once in each state. */
const BY_STATE: Readonly<Record<StartState, readonly OperationName[]>> = {
  none: ['read', 'save', 'login', 'beginLogin', 'logout'],
  anonymous: [
    'read',
    'save',
    'update',
    'renew',
    'roll',
    'regenerate',
    'rotateAfter',
    'login',
    'beginLogin',
    'logout',
    'destroy',
    'revokeAll',
  ],
  pending: ['read', 'save', 'update', 'login', 'beginLogin', 'completeLogin', 'logout', 'revokeAll'],
  'signed-in': [
    'read',
    'save',
    'saveNow',
    'update',
    'renew',
    'extend',
    'roll',
    'elevate',
    'reauthenticate',
    'regenerate',
    'impersonate',
    'rotateAfter',
    'login',
    'loginOther',
    'beginLogin',
    'logout',
    'destroy',
    'revoke',
    'revokeAll',
    'revokeOthers',
    'revokeOthersElsewhere',
    'registryUpdate',
    'loginLimited',
  ],
  acting: [
    'read',
    'save',
    'update',
    'renew',
    'regenerate',
    'stop',
    'rotateAfter',
    'loginOther',
    'logout',
    'destroy',
    'revoke',
    'revokeAll',
    'revokeActed',
    'registryUpdate',
    'registryUpdateActed',
  ],
};

export interface Pair {
  readonly state: StartState;
  readonly names: readonly [OperationName, OperationName];
  readonly operations: readonly [Operation, Operation];
  readonly label: string;
}

export const pairOf = (state: StartState, a: OperationName, b: OperationName): Pair => ({
  state,
  names: [a, b],
  operations: [OPERATIONS[a], OPERATIONS[b]],
  label: `${state}: ${OPERATIONS[a].label} + ${OPERATIONS[b].label}`,
});

/** The pairs of which both can be done. */
export const pairsWithout = (lacks: readonly OperationName[] = []): readonly Pair[] =>
  ALL_PAIRS.filter(({ names }) => !names.some((name) => lacks.includes(name)));

/** Every pair of what can be done at once, each operation beside itself included. */
export const ALL_PAIRS: readonly Pair[] = [
  ...Object.entries(BY_STATE).flatMap(([state, names]) =>
    names.flatMap((a, n) => names.slice(n).map((b) => pairOf(state as StartState, a, b))),
  ),
  pairOf('anonymous', 'login', 'loginOther'),
  pairOf('signed-in', 'loginRefused', 'loginRefused'),
];
