import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { HeldSession } from '../engine/session-engine.js';
import type { IndexMaintainer } from '../registry/index-maintainer.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { COPIED } from './record-copies.js';

/** Renews stored sessions where no request waits for it and no cookie depends on it. */
export class DeadlineRenewal {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly maintainer: IndexMaintainer | undefined,
  ) {}

  /** If several requests find a renewal due, one of them does it. @returns false if the session is gone */
  async renew({ key, stored }: HeldSession): Promise<boolean> {
    if (this.underWay.has(key)) return true;
    this.underWay.add(key);
    try {
      const known = stored.version === COPIED ? await this.store.read(key) : stored;
      return isStoredSession(known) && (await this.renewKnown(key, stored, known));
    } finally {
      this.underWay.delete(key);
    }
  }

  /** @param seen the session of the request, with the facts about its client */
  private async renewKnown(key: string, seen: StoredSession, known: StoredSession): Promise<boolean> {
    const { maintainer } = this;
    const { ip, userAgent } = seen.record.facts ?? {};
    const facts = {
      ...known.record.facts,
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent }),
    };
    const dated = this.context.dated({
      ...known.record,
      ...(Object.keys(facts).length > 0 && { facts }),
      lastSeenAt: Math.max(this.context.now(), known.record.lastSeenAt),
    });
    const change = await maintainer?.change(known.record, dated);
    const record = change?.record ?? dated;
    // In parallel: an entry that was extended for a session that is gone is removed again.
    const [version, stands = true] = await Promise.all([
      this.store.renew(key, record, known.version),
      change && maintainer?.extendAll(key, change),
    ]);
    if (version !== undefined && stands) return true;
    if (version === undefined) await maintainer?.removeAll(key, record);
    // Its user's sessions were revoked while it was not in the index: nothing else would end it.
    else return (await maintainer?.endUnlessSpared(key, { record, version })) !== undefined;
    return false;
  }
}
