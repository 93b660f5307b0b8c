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

/** How many sessions are remembered, so that each is reported once. */
const MAX_REPORTED = 10_000;

/** Reports what is found out about sessions: once, however many requests find it. */
export class EventReporter {
  private readonly told = new BoundedMap<string, true>(MAX_REPORTED);

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

  /** A token was sent that was replaced too long ago for a late request. */
  reuse(session: SubjectWithActor, { by, at, generation }: SecretState): void {
    if (by === 'begun' || !this.isFirst(`reuse:${session.handle}.${generation}`)) return;
    this.events.emit('reuse', { ...session, by, age: this.options.clock.now() - at });
  }

  /** A cookie opened no session, for a reason that concerns one session. */
  invalid(session: SubjectWithActor, reason: SessionEventMap['invalid']['reason']): void {
    if (this.isFirst(`${reason}:${session.handle}`)) this.events.emit('invalid', { reason, ...session });
  }

  /** The store reported something about a record under the key of a session. */
  stored(handle: string, report: StoreReport): void {
    // A foreign store keeps a record that cannot be decoded, and reports it with every request.
    if (report.found === 'corrupt') return this.invalid({ handle }, 'corrupt');
    if (!report.record || !isSession(report.record)) return;
    const { data, facts } = report.record;
    if (report.found === 'evicted')
      return this.events.emit('evicted', { handle, ...subjectOf(data, facts), reason: 'store-full' });
    const overdue = this.options.clock.now() >= absoluteDeadline(report.record, this.options);
    this.expired({ handle, ...subjectOf(data, facts) }, overdue ? 'absolute' : 'idle');
  }

  private isFirst(name: string): boolean {
    if (this.told.get(name)) return false;
    this.told.set(name, true);
    return true;
  }
}
