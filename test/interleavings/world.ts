import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { HttpException } from '@nestjs/common';
import {
  isSessionError,
  SessionEvents,
  SessionRegistry,
  SessionService,
  type SessionModuleOptions,
} from 'nest-session';
import type { AuthContext } from '../../libs/session/src/assurance/auth-context.js';
import { authContextOf } from '../../libs/session/src/assurance/auth-context.js';
import type { SessionEngine } from '../../libs/session/src/engine/session-engine.js';
import { HTTP_STATUS } from '../../libs/session/src/http/http-errors.js';
import { createEngine } from '../../libs/session/src/http/session-backend.js';
import { requestContext } from '../../libs/session/src/http/request/request-context.js';
import { attachSession } from '../../libs/session/src/http/request/request-properties.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import type { CookieAction } from '../../libs/session/src/request/commit-decision.js';
import { RequestSession } from '../../libs/session/src/request/request-session.js';
import { commit } from '../../libs/session/src/request/session-commit.js';
import { TestClock } from '../support/test-clock.js';
import type { OperationName } from './operations.js';
import { Stage } from './scheduled-store.js';

/** How long a secret that was replaced by age is good for (ms). */
export const GRACE = 10_000;

const SECRET = 'a secret for interleavings, 32 characters at least';

/** What a browser carries. */
export interface Jar {
  readonly token: string | undefined;
  readonly copy?: string | undefined;
}

export const EMPTY: Jar = { token: undefined };

/** What a request was answered. */
export interface Answer {
  /** 200, or what the error that it ended with is told as; 500 for one that is no answer. */
  readonly status: number;
  readonly code?: string | undefined;
  readonly error?: unknown;
  /** The handle of the session that the request came with, if it was live. */
  readonly handle: string | undefined;
  /** Who was signed in when the request began. */
  readonly user: string | undefined;
  /** Changes were refused, which an event tells. */
  readonly rejected: boolean;
  readonly action: CookieAction;
}

/** What a request works with. */
export interface RequestTools {
  readonly service: SessionService;
  readonly registry: SessionRegistry;
  readonly values: Record<string, unknown>;
  readonly session: RequestSession;
}

/** Where the sessions of a world are. */
export interface Backend {
  readonly name: string;
  /** What every process is given besides. */
  readonly options?: SessionModuleOptions;
  /** What cannot be done there: it is refused at start or at the call, which is tested elsewhere. */
  readonly lacks?: readonly OperationName[];
  /** Invariants that are not promised there, each with the reason. */
  readonly unpromised?: Readonly<Partial<Record<string, string>>>;
  /** Begins empty. @returns the store of a process */
  begin(clock: TestClock, stage: Stage): Promise<() => NonNullable<SessionModuleOptions['store']>>;
  /** What becomes of an answer on its way: for engines that are broken on purpose. */
  readonly answered?: (answer: Answer, jar: Jar) => Answer;
}

/** Told of every event as it is emitted. */
class HeardEvents extends SessionEvents {
  constructor(
    clock: TestClock,
    private readonly hear: (name: string) => void,
  ) {
    super(clock);
  }

  override emit(...args: Parameters<SessionEvents['emit']>): void {
    this.hear(args[0]);
    super.emit(...args);
  }
}

/** A process of an application: an engine of its own on the store that all share. */
export class Process {
  readonly engine: SessionEngine;
  readonly registry: SessionRegistry;
  readonly service = new SessionService();

  constructor(
    private readonly stage: Stage,
    clock: TestClock,
    options: SessionModuleOptions,
    private readonly rejected: Set<string>,
    private readonly answered: Backend['answered'],
  ) {
    const events = new HeardEvents(clock, (name) => {
      if (name === 'rejected') rejected.add(stage.actor ?? '');
    });
    this.engine = createEngine(resolveOptions({ secret: SECRET, clock, ...options }, {}), events);
    this.registry = new SessionRegistry(this.engine);
  }

  /** A request from its cookie to the cookie of its answer, as the middleware has it. */
  async request(jar: Jar, work: (tools: RequestTools) => unknown): Promise<Answer> {
    const req = new IncomingMessage(new Socket());
    req.method = 'POST';
    req.url = '/';
    const tokens = jar.token === undefined ? [] : [jar.token];
    const session = new RequestSession(this.engine, {
      req,
      tokens,
      copy: jar.copy,
      staleSignature: false,
      secure: true,
      cookie: this.engine.options.cookie,
    });
    attachSession(req, session);
    return requestContext.run(session, async () => {
      await session.load();
      const loaded = session.remaining() === undefined ? undefined : session.info().handle;
      const user = idOf(this.service.user);
      let failure: unknown;
      let action: CookieAction = { type: 'none' };
      try {
        const { service, registry } = this;
        await work({
          service,
          registry,
          session,
          get values() {
            return service.current as unknown as Record<string, unknown>;
          },
        });
      } catch (error) {
        failure = error;
      }
      try {
        action = await commit(session.state);
      } catch (error) {
        failure ??= error;
      }
      const rejected = this.rejected.has(this.stage.actor ?? '');
      const answer = { ...told(failure), handle: loaded, user, action, rejected };
      return this.answered?.(answer, jar) ?? answer;
    });
  }

  /** Something that is done from outside of a request, as a job or an administrator does it. */
  async outside(work: (registry: SessionRegistry) => unknown): Promise<Answer> {
    let failure: unknown;
    try {
      await work(this.registry);
    } catch (error) {
      failure = error;
    }
    return { ...told(failure), handle: undefined, user: undefined, action: { type: 'none' }, rejected: false };
  }
}

function told(failure: unknown): Pick<Answer, 'status' | 'code' | 'error'> {
  if (failure === undefined) return { status: 200 };
  if (isSessionError(failure)) return { status: HTTP_STATUS[failure.code], code: failure.code, error: failure };
  return { status: failure instanceof HttpException ? failure.getStatus() : 500, error: failure };
}

export const idOf = (user: unknown): string | undefined =>
  typeof user === 'object' && user !== null && 'id' in user ? String(user.id) : undefined;

/** What a browser has after an answer. */
export function received(jar: Jar, { type, copy, ...rest }: CookieAction): Jar {
  const before = type === 'clear' ? EMPTY : jar;
  const token = type === 'set' && 'token' in rest ? rest.token : before.token;
  return { token, copy: copy === undefined ? before.copy : copy.value };
}

/** What a token opens, looked at from outside of everything that is under way. */
export interface Seen {
  readonly live: boolean;
  readonly handle?: string;
  readonly user?: { readonly id: string; readonly role: unknown } | undefined;
  readonly actor?: { readonly id: string; readonly role: unknown } | undefined;
  readonly pending?: string | undefined;
  readonly aal?: AuthContext['aal'];
  readonly data: Readonly<Record<string, unknown>>;
}

export const NOTHING: Seen = { live: false, data: {} };

/** One clock, one store, and the processes on it. */
export class World {
  readonly clock = new TestClock();
  readonly stage = new Stage();
  readonly rejected = new Set<string>();
  private storeOf: (() => NonNullable<SessionModuleOptions['store']>) | undefined;
  private looker: Process | undefined;

  private constructor(private readonly backend: Backend) {}

  static async begin(backend: Backend): Promise<World> {
    const world = new World(backend);
    world.storeOf = await backend.begin(world.clock, world.stage);
    return world;
  }

  process(options: SessionModuleOptions = {}): Process {
    if (!this.storeOf) throw new Error('The world has not begun.');
    const given = { ...this.backend.options, ...options, store: this.storeOf() };
    return new Process(this.stage, this.clock, given, this.rejected, this.backend.answered);
  }

  passTime(): void {
    this.clock.advance(GRACE + 1000);
  }

  /**
   * What a browser is shown by a request of another process that changes nothing. Without its copy of the record: that
   * may show what has ended for as long as the option `cache` says, and what counts is what is left after that.
   */
  async look({ token }: Jar): Promise<Seen> {
    if (token === undefined) return NOTHING;
    let seen: Seen = NOTHING;
    await this.lookingProcess.request({ token }, ({ service, session, values }) => {
      if (session.remaining() === undefined) return;
      const { user, pendingLogin, actor } = service;
      const { cookie: _, user: __, ...data } = JSON.parse(JSON.stringify(values)) as Record<string, unknown>;
      seen = {
        live: true,
        handle: service.info.handle,
        user: person(user),
        actor: person(actor?.user),
        pending: idOf(pendingLogin?.user),
        aal: session.view(authContextOf).aal,
        data,
      };
      session.disown();
    });
    return seen;
  }

  /** The process that looks at what is left. */
  get lookingProcess(): Process {
    return (this.looker ??= this.process());
  }
}

const person = (user: unknown): { id: string; role: unknown } | undefined => {
  const id = idOf(user);
  return id === undefined ? undefined : { id, role: (user as { role?: unknown }).role };
};
