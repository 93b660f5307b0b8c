import { MAX_LATENESS } from '../core/deadlines.js';
import { isEnding, type Ending } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { Found, PresentedSession } from '../engine/session-engine.js';
import { sealedSecret } from '../seals/sealed-payload.js';
import type { SealedLookup } from '../seals/sealed-sessions.js';
import type { StoredSession } from '../stores/session-store.js';

type Refused = Exclude<SealedLookup, { readonly status: 'live' | 'invalid' }>;
type Presented = PresentedSession & { readonly stored: StoredSession };

/** Seals that open nothing: what the request finds in place of a session, and who is told. */
export class RefusedSeals {
  /** @param end ends a session of which a replaced seal came back. @returns undefined if it was over already */
  constructor(
    private readonly context: EngineContext,
    private readonly end: (presented: Presented) => Promise<StoredSession | undefined>,
  ) {}

  answer(found: Refused, presented: Presented): Found {
    const { reporter, options } = this.context;
    const { data, facts } = presented.stored.record;
    const subject = this.context.describe(presented.handle, data, facts);
    if (found.status === 'expired') {
      reporter.expired(subject, found.deadline);
      return { status: 'missing', presented, ending: 'expired' };
    }
    const { entry } = found;
    const ending = found.status === 'over' ? endingOf(entry?.over) : undefined;
    const isQuiet = found.status === 'replaced' || ending === 'replaced' || ending === 'signed-out';
    if (isQuiet && entry && this.context.now() < entry.at + MAX_LATENESS) return { status: 'replaced', presented };
    if (found.status === 'over') {
      reporter.invalid(subject, 'revoked');
      return { status: 'missing', presented, ...(ending && { ending }) };
    }
    const { least, by, at } = found.entry;
    reporter.reuse(subject, sealedSecret(least, least, at, by));
    if (options.onReuse === 'end') this.endReused(presented).catch(() => undefined);
    return { status: 'missing', presented };
  }

  private async endReused(presented: Presented): Promise<void> {
    const last = await this.end(presented);
    if (!last) return;
    const { data, facts } = last.record;
    const subject = this.context.describe(presented.handle, data, facts);
    this.context.events.emit('revoked', { ...subject, reason: 'reuse' });
  }
}

/** Why a session is over, if this release knows the word. */
const endingOf = (over = 'revoked'): Ending | undefined => (isEnding(over) ? over : undefined);
