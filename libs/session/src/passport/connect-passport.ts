import type { SessionEngine } from '../engine/session-engine.js';
import { requestContext, sessionOfRequest } from '../http/request/request-context.js';
import type { RequestSession } from '../request/request-session.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import type { PassportBridge } from './passport-bridge.js';
import {
  SESSION_MANAGER,
  type Done,
  type Passport,
  type PassportRequest,
  type SessionManager,
} from './passport-port.js';

/** Passport is one for the whole process, which may run several applications. */
const bridges = new WeakMap<SessionEngine, PassportBridge>();
const connected = new WeakSet<Passport>();

/**
 * Lets the sessions of an engine be those of Passport. Requests of other applications in the process are left to it.
 * @throws `SessionConfigError` if it is another Passport than that of version 0.7
 */
export function connectPassport(passport: Passport, engine: SessionEngine, bridge: PassportBridge): void {
  bridges.set(engine, bridge);
  if (connected.has(passport)) return;
  const manager = passport[SESSION_MANAGER];
  if (typeof manager?.logIn !== 'function' || typeof manager.logOut !== 'function')
    throw new SessionConfigError(
      [{ path: 'passport', problem: 'has no session manager where version 0.7 has it. Install passport@^0.7.0.' }],
      'SessionPassportModule',
    );
  passport[SESSION_MANAGER] = managerOver(manager);
  passport.use(strategyOver(passport));
  connected.add(passport);
}

/** What Passport does by itself is `theirs`. */
function managerOver(theirs: SessionManager): SessionManager {
  return {
    logIn(req, user, options, done) {
      const { session, bridge } = found(req);
      if (session && bridge) settle(session, bridge.logIn(session, req, user, options), done);
      else theirs.logIn(req, user, options, done);
    },
    logOut(req, options, done) {
      const { session, bridge } = found(req);
      if (session && bridge) settle(session, bridge.logOut(session, options), done);
      else theirs.logOut(req, options, done);
    },
  };
}

function strategyOver(passport: Passport) {
  return new (class extends passport.strategies.SessionStrategy {
    override authenticate(req: PassportRequest, options?: object): void {
      const { session, bridge } = found(req);
      if (!session || !bridge) return super.authenticate(req, options);
      // Nothing is read of it before something asks: option `lazy`, @NoSession().
      if (!session.state.loaded) return this.pass();
      settle(session, bridge.restore(session, req), (error) => (error ? this.error(error) : this.pass()));
    }
  })({}, passport.deserializeUser.bind(passport));
}

function found(req: object): { session?: RequestSession; bridge?: PassportBridge | undefined } {
  const session = sessionOfRequest(req);
  return session ? { session, bridge: session.view(({ engine }) => bridges.get(engine)) } : {};
}

/** Out of the promise, so that what a callback throws is its own; and in the request, which a driver may have lost. */
function settle(session: RequestSession, work: Promise<void>, done: Done): void {
  const tell = (error?: unknown) => process.nextTick(() => requestContext.run(session, () => done(error)));
  work.then(() => tell(), tell);
}
