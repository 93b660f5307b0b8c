import type { IncomingMessage } from 'node:http';
import type { IdpKey } from '../core/idp-keys.js';
import type { Ending, SessionRecord } from '../core/record.js';
import { isRenewalDue } from '../core/deadlines.js';
import { ReportedStore } from '../engine/reported-store.js';
import { applyChange, type SessionChange } from '../engine/session-change.js';
import {
  SessionEngine,
  type Found,
  type HeldSession,
  type PresentedSession,
  type Replacement,
  type RotatedSession,
  type Rotation,
} from '../engine/session-engine.js';
import type { BegunSession, SessionNames } from '../engine/session-names.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { actedKeyOf, userKeyOf } from '../registry/index-keys.js';
import { IndexMaintainer } from '../registry/index-maintainer.js';
import { IndexedSessions } from '../registry/indexed-sessions.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { isReporting } from '../stores/store-reports.js';
import { IndexedRecords } from './indexed-records.js';
import { NamedTokens } from './named-tokens.js';
import { PlainIds } from './plain-ids.js';
import { RecordCopies } from './record-copies.js';
import { DeadlineRenewal } from './renew-deadline.js';
import { SecretRotation } from './rotate-secret.js';
import { SessionLookup } from './session-lookup.js';
import { SessionReplacement } from './replace-session.js';
import { LOCK_SUFFIX, takeLock } from './store-lock.js';
import { StoredRecords } from './stored-records.js';

/** The engine whose sessions are records in a store, under a name that lasts as long as a login. */
export class ServerEngine extends SessionEngine {
  readonly recordInCookie = false;
  override readonly directory: IndexedSessions | undefined;
  private readonly store: ReportedStore;
  private readonly names: SessionNames;
  override readonly copies: RecordCopies | undefined;
  private readonly maintainer: IndexMaintainer | undefined;
  private readonly records: IndexedRecords;
  private readonly lookup: SessionLookup;
  private readonly renewal: DeadlineRenewal;
  private readonly rotation: SecretRotation;
  private readonly replacement: SessionReplacement;

  constructor(options: ResolvedSessionOptions, events: SessionEvents, store: SessionStore) {
    super(options, events);
    const { context } = this;
    this.store = new ReportedStore(store, context);
    const { index } = this.store;
    this.names = store.keys === 'plain' ? new PlainIds(options) : new NamedTokens(options);
    this.copies = options.cache === undefined ? undefined : new RecordCopies(options, this.names, options.cache);
    const stored = new StoredRecords(context, this.store, this.copies);
    this.maintainer = index && new IndexMaintainer(context, this.store, index, this.names, stored);
    this.records = new IndexedRecords(context, stored, this.names, this.maintainer);
    this.lookup = new SessionLookup(context, this.store, this.names, this.copies, this.records);
    this.renewal = new DeadlineRenewal(context, this.store, this.maintainer);
    this.replacement = new SessionReplacement(context, this.store, this.names, stored, this.records, this.maintainer);
    this.rotation = new SecretRotation(context, this.names, this.records, this.replacement);
    this.directory =
      index &&
      this.maintainer &&
      new IndexedSessions(context, this.store, index, this.names, this.maintainer.sweeper, this.records);
    if (isReporting(store))
      store.onReport((report) => {
        const { key } = report;
        if (!key.endsWith(LOCK_SUFFIX)) context.reporter.stored(this.names.handleOf(key), report);
      });
  }

  begin(req: IncomingMessage): BegunSession {
    return this.names.begin(req);
  }

  idOf({ key, stored }: HeldSession): string {
    return this.names.idOf(key, stored.record);
  }

  find(token: string, copy?: string): Promise<Found> {
    return this.lookup.find(token, copy);
  }

  override findFresh(token: string): Promise<Found> {
    return this.lookup.find(token, undefined, true);
  }

  override async revokedBefore(index: 'user' | 'acted', userId: string | number): Promise<number | undefined> {
    return this.store.index?.revokedBefore(index === 'user' ? userKeyOf(userId) : actedKeyOf(userId));
  }

  create(begun: BegunSession, record: SessionRecord): Promise<HeldSession> {
    return this.replacement.create(begun, record);
  }

  save(held: HeldSession, change: SessionChange): Promise<HeldSession | undefined> {
    const { options, context } = this;
    return this.written(held, (theirs) =>
      change.renewal && theirs !== held.stored.record && !isRenewalDue(theirs, options, context.now())
        ? { record: theirs, conflicts: [] }
        : applyChange(theirs, change, options.resolve),
    );
  }

  update(held: HeldSession, change: (theirs: SessionRecord) => SessionRecord): Promise<HeldSession | undefined> {
    return this.written(held, (theirs) => ({ record: change(theirs), conflicts: [] }));
  }

  renew(held: HeldSession): Promise<boolean> {
    return this.renewal.renew(held);
  }

  rotate(held: HeldSession, rotation: Rotation): Promise<RotatedSession | undefined> {
    return this.rotation.rotate(held, rotation);
  }

  replace(before: HeldSession, fresh: HeldSession, replacement: Replacement): Promise<HeldSession | undefined> {
    return this.replacement.replace(before, fresh, replacement);
  }

  discard(fresh: HeldSession): Promise<void> {
    return this.replacement.discard(fresh);
  }

  end({ key, stored }: PresentedSession, ending: Ending): Promise<StoredSession | undefined> {
    return this.records.end(key, ending, { known: stored, follow: true });
  }

  endIf(
    { key, stored }: HeldSession,
    ending: Ending,
    judge: (record: SessionRecord) => boolean,
  ): Promise<StoredSession | undefined> {
    return this.records.end(key, ending, { known: stored, judge });
  }

  lock(key: string): Promise<(() => Promise<void>) | undefined> {
    return takeLock(this.store, this.options.clock, key + LOCK_SUFFIX);
  }

  override async revoke(handle: string): Promise<boolean> {
    return this.directory ? (await this.directory.end(handle)) !== undefined : super.revoke(handle);
  }

  override revokeUser(userId: string | number, except?: string): Promise<number | undefined> {
    return this.directory ? this.directory.endUser(userId, except) : super.revokeUser(userId, except);
  }

  override async idpRevokedBefore(key: IdpKey): Promise<number | undefined> {
    return this.store.index?.revokedBefore(key);
  }

  /** All writes of a request: a secret that was replaced other than by age may not write. */
  private async written(
    held: HeldSession,
    make: (theirs: SessionRecord) => { record: SessionRecord; conflicts: readonly string[] },
  ): Promise<HeldSession | undefined> {
    const { key, token, generation } = held;
    const stored = await this.records.write(key, held.stored, (theirs) => {
      if ((theirs.secret?.floor ?? 0) > generation) throw new SessionRotatedError();
      return make(theirs);
    });
    return stored && { ...held, stored, send: this.names.current(token, stored.record, this.context.now()) };
  }
}
