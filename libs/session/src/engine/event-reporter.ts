import { absoluteDeadline } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionActor, SessionEvents, SessionSubject } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { StoreReport } from '../stores/store-reports.js';

/** A session as an event names it. */
export type Described = SessionSubject & { readonly actor?: SessionActor };

/** The user of a session, and who acts as him. */
export function whoIs(data?: SessionValues, facts?: SessionFacts): Omit<Described, 'handle'> {
  const userId = userIdOf(data);
  const { actor } = facts ?? {};
  return { ...(userId !== undefined && { userId }), ...(actor && { actor: { userId: actor.id } }) };
}

/** Sessions that are remembered, so that each is told of once. */
const MOST_TOLD = 10_000;

/** Milliseconds after which no request can have been under way any more that was sent with an id before it changed. */
const LATEST_REQUEST = 30_000;

/** Tells what is found out about sessions: once, however many requests find it. */
export class EventReporter {
  private readonly told = new BoundedMap<string, true>(MOST_TOLD);

  constructor(
    private readonly events: SessionEvents,
    private readonly options: ResolvedSessionOptions,
  ) {}

  /** A session was found to be over. */
  expired(session: Described, reason: 'idle' | 'absolute'): void {
    if (!this.isFirst(`expired:${session.handle}`)) return;
    this.events.emit('expired', { ...session, reason });
    const { actor, ...acted } = session;
    if (actor) this.events.emit('impersonationEnded', { ...acted, actor, reason: 'expired' });
  }

  /**
   * A request came with an id that was given up. For a moment that are late ones, and then nobody but whoever kept a
   * copy of it.
   * @param since milliseconds since the epoch: when it was given up
   */
  givenUp(handle: string, since: number): void {
    if (this.options.clock.now() - since < LATEST_REQUEST) return;
    if (this.isFirst(`replay:${handle}`)) this.events.emit('invalid', { reason: 'replay', handle });
  }

  /** The store found something out by itself about a record that is a session's. */
  stored(handle: string, report: StoreReport): void {
    if (report.found === 'corrupt') {
      // A foreign store keeps what cannot be decoded, and finds it again with every request.
      if (this.isFirst(`corrupt:${handle}`)) this.events.emit('invalid', { reason: 'corrupt', handle });
      return;
    }
    if (!report.record || isMark(report.record)) return;
    const { data, facts } = report.record;
    const overdue = this.options.clock.now() >= absoluteDeadline(report.record, this.options);
    this.expired({ handle, ...whoIs(data, facts) }, overdue ? 'absolute' : 'idle');
  }

  private isFirst(name: string): boolean {
    if (this.told.get(name)) return false;
    this.told.set(name, true);
    return true;
  }
}

/** What is left of an id that was renewed is no session. */
const isMark = ({ facts }: SessionRecord): boolean => facts?.successor !== undefined;
