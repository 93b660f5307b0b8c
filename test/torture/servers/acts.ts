// What can be done to a session, one route for each operation of test/interleavings/operations.ts.
import { Body, Controller, Get, HttpCode, Param, Post, UnauthorizedException } from '@nestjs/common';
import {
  NoRenew,
  SessionEvents,
  SessionRegistry,
  SessionService,
  type SessionUser,
} from '../../../libs/session/src/index.js';
import type { OperationName } from '../../interleavings/operations.js';

/** What an operation is told. */
export interface ActBody {
  /** Tells the users of one try from those of another one. */
  readonly serial: string;
  /** The key of the session that the operation writes. */
  readonly mark: string;
  /** The session that `revoke` ends. */
  readonly handle: string;
}

/** What a request found before it did anything. */
export interface Found {
  /** Absent if the cookie opened nothing. */
  readonly handle?: string;
}

/** What a cookie opens. */
export interface Seen {
  readonly live: boolean;
  readonly handle?: string;
  readonly user?: SessionUser & { readonly role?: number };
  readonly actor?: SessionUser & { readonly role?: number };
  readonly pending?: SessionUser;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a session begins with: its own marks, and nobody, a user, or one who is about to sign in. */
export type Beginning = 'begin' | 'beginSignedIn' | 'beginPending';

const KEPT = ['kept', 'A', 'B'];

interface Act extends ActBody {
  readonly sessions: SessionService;
  readonly registry: SessionRegistry;
  readonly values: Record<string, unknown>;
}

/** The user of a try whom test/interleavings calls by this name. */
const user = (name: string, serial: string): SessionUser & { role: number } => ({ id: `${name}-${serial}`, role: 1 });

const revokeOthers = ({ sessions, registry }: Act): unknown => {
  if (!sessions.user) throw new UnauthorizedException();
  return registry.revokeOthers();
};

const login = ({ sessions, serial }: Act): unknown => sessions.login(user('alice', serial), { keep: KEPT });

const begin = ({ values, mark }: Act): unknown => Object.assign(values, { kept: mark, life: mark });

const update = (name: string, { registry, serial }: Act): unknown => {
  const { id } = user(name, serial);
  return registry.update({ userId: id }, (values) => {
    if (values.user?.id === id) Object.assign(values.user, { role: 0 });
  });
};

const ACTS: Readonly<Record<OperationName | Beginning, (act: Act) => unknown>> = {
  begin,
  beginSignedIn: async (act) => {
    await login(act);
    begin(act);
  },
  beginPending: async (act) => {
    await act.sessions.beginLogin(user('alice', act.serial));
    begin(act);
  },
  read: ({ sessions }) => sessions.user,
  save: ({ values, mark }) => (values[mark] = 1),
  saveNow: ({ sessions, values, mark }) => {
    values[mark] = 1;
    return sessions.save();
  },
  update: ({ sessions, mark }) => sessions.update((values) => (values[mark] = 1)),
  renew: ({ sessions }) => void sessions.current.touch(),
  extend: ({ sessions }) => sessions.extend(),
  roll: ({ sessions }) => void sessions.current.touch(),
  elevate: ({ sessions }) => sessions.elevate({ aal: 2 }),
  reauthenticate: ({ sessions }) => sessions.reauthenticate({ aal: 1 }),
  regenerate: ({ sessions }) => sessions.regenerate(),
  impersonate: ({ sessions, serial }) => sessions.impersonate(user('carol', serial)),
  stop: ({ sessions }) => sessions.stopImpersonating(),
  rotateAfter: ({ sessions }) => sessions.user,
  login,
  loginOther: ({ sessions, serial }) => sessions.login(user('bob', serial), { keep: KEPT }),
  beginLogin: ({ sessions, serial }) => sessions.beginLogin(user('alice', serial), { keep: KEPT }),
  completeLogin: ({ sessions }) => sessions.completeLogin({ keep: KEPT }),
  loginLimited: login,
  loginRefused: login,
  logout: ({ sessions }) => sessions.logout(),
  destroy: ({ sessions }) => sessions.destroy(),
  revoke: ({ registry, handle }) => registry.revoke(handle),
  revokeAll: ({ registry, serial }) => registry.revokeAll(user('alice', serial).id),
  revokeActed: ({ registry, serial }) => registry.revokeAll(user('carol', serial).id),
  revokeOthers,
  revokeOthersElsewhere: revokeOthers,
  registryUpdate: (act) => update('alice', act),
  registryUpdateActed: (act) => update('carol', act),
};

@Controller()
export class ActsController {
  private readonly rejected = new Set<string>();

  constructor(
    private readonly sessions: SessionService,
    private readonly registry: SessionRegistry,
    events: SessionEvents,
  ) {
    events.on('rejected', ({ handle }) => this.rejected.add(handle));
  }

  @Post('acts/:name')
  @HttpCode(200)
  async act(@Param('name') name: OperationName | Beginning, @Body() body: ActBody): Promise<Found> {
    const { sessions, registry } = this;
    const found = (await sessions.remaining()) === undefined ? {} : { handle: sessions.info.handle };
    await ACTS[name]({
      ...body,
      sessions,
      registry,
      get values() {
        return sessions.current as unknown as Record<string, unknown>;
      },
    });
    return found;
  }

  @NoRenew()
  @Get('seen')
  async seen(): Promise<Seen> {
    const { sessions } = this;
    if ((await sessions.remaining()) === undefined) return { live: false, data: {} };
    const { actor, pendingLogin } = sessions;
    const { cookie: _cookie, user: _user, ...data } = sessions.current as unknown as Record<string, unknown>;
    return {
      live: true,
      handle: sessions.info.handle,
      ...(sessions.user && { user: sessions.user }),
      ...(actor && { actor: actor.user }),
      ...(pendingLogin && { pending: pendingLogin.user }),
      data,
    };
  }

  /** Whether changes of a session were refused here, which the answer to the request does not tell. */
  @Get('rejected/:handle')
  wasRejected(@Param('handle') handle: string): { readonly rejected: boolean } {
    return { rejected: this.rejected.has(handle) };
  }
}
