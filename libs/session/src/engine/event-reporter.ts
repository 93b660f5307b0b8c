import { absoluteDeadline } from '../core/deadlines.js';
import { isSession, type SecretState, type SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionActor, SessionEventMap, SessionEvents, SessionSubject } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { StoreReport } from '../stores/store-reports.js';

/** A session as an event names it, with the user who acts as its user. */
export type SubjectWithActor = SessionSubject & { readonly actor?: SessionActor };

/** The user of a session, and who acts as that user. */
export function subjectOf(data?: SessionValues, facts?: SessionFacts): Omit<SubjectWithActor, 'handle'> {
  const userId = userIdOf(data);
  const { actor } = facts ?? {};
  return { ...(userId !== undefined && { userId }), ...(actor && { actor: { userId: actor.id } }) };
}

/** Sessions that are remembered, so that each is told of once. */
const MAX_TOLD = 10_000;

/** Tells what is found out about sessions: once, however many requests find it. */
export class EventReporter {
  private readonly told = new BoundedMap<string, true>(MAX_TOLD);

  constructor(
    private readonly events: SessionEvents,
    private readonly options: ResolvedSessionOptions,
  ) {}

  /** A session was found to be over. */
  expired(session: SubjectWithActor, reason: 'idle' | 'absolute'): void {
    if (!this.isFirst(`expired:${session.handle}`)) return;
    this.events.emit('expired', { ...session, reason });
    const { actor, ...acted } = session;
    if (actor) this.events.emit('impersonationEnded', { ...acted, actor, reason: 'expired' });
  }

  /** A request came with a token that was replaced too long ago for a late one: a copy of it was kept. */
  reuse(session: SubjectWithActor, { by, at, generation }: SecretState): void {
    if (by === 'begun' || !this.isFirst(`reuse:${session.handle}.${generation}`)) return;
    this.events.emit('reuse', { ...session, by, age: this.options.clock.now() - at });
  }

  /** A cookie opened no session, for a reason that belongs to one session. */
  invalid(session: SubjectWithActor, reason: SessionEventMap['invalid']['reason']): void {
    if (this.isFirst(`${reason}:${session.handle}`)) this.events.emit('invalid', { reason, ...session });
  }

  /** The store found something out by itself about a record under the key of a session. */
  stored(handle: string, report: StoreReport): void {
    // A foreign store keeps what cannot be decoded, and finds it again with every request.
    if (report.found === 'corrupt') return this.invalid({ handle }, 'corrupt');
    if (!report.record || !isSession(report.record)) return;
    const { data, facts } = report.record;
    const overdue = this.options.clock.now() >= absoluteDeadline(report.record, this.options);
    this.expired({ handle, ...subjectOf(data, facts) }, overdue ? 'absolute' : 'idle');
  }

  private isFirst(name: string): boolean {
    if (this.told.get(name)) return false;
    this.told.set(name, true);
    return true;
  }
}
