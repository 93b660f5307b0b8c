import type { IncomingMessage } from 'node:http';
import { BoundedMap } from '../core/bounded-map.js';
import type { IdpKey } from '../core/idp-keys.js';
import type { Ending, RotationKind, SessionRecord } from '../core/record.js';
import { isSessionName, newSessionName } from '../core/session-name.js';
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
import type { BegunSession } from '../engine/session-names.js';
import { SessionGoneError, SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { RaisedBy } from '../revocation/revocation-entry.js';
import { sealedSecret } from '../seals/sealed-payload.js';
import { SealedSessions, type SealOutcome } from '../seals/sealed-sessions.js';
import type { SealedSessionsOptions } from '../seals/sealed-sessions-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { RefusedSeals } from './refused-seals.js';
import { requireFit } from './seal-size.js';

/** How many recently sealed sessions are remembered. */
const MAX_NEWEST = 10_000;

/** What the engine itself passes to its sessions. */
export type SealedParts = Pick<SealedSessionsOptions, 'settings' | 'cookie'>;

/** The engine whose sessions are sealed into the cookie. Token and version of a session are its seal. */
export class SealedEngine extends SessionEngine {
  readonly recordInCookie = true;
  private readonly sessions: SealedSessions;
  private readonly refused: RefusedSeals;
  /** The newest seal of a session, to notice when an older one is written over it. */
  private readonly newest = new BoundedMap<string, string>(MAX_NEWEST);

  constructor(options: ResolvedSessionOptions, events: SessionEvents, parts: SealedParts) {
    super(options, events);
    this.sessions = new SealedSessions({
      ...parts,
      policy: options,
      clock: options.clock,
      grace: options.rotationGrace ?? 0,
      userKey: options.userKey,
      ask: (call) => this.context.ask('revocation', call),
      requireFit: (seal, record) => requireFit(seal, record, options, parts.settings.chunk),
    });
    this.refused = new RefusedSeals(this.context, (presented) => this.end(presented, 'revoked'));
  }

  begin(req: IncomingMessage): BegunSession {
    const name = this.options.genid?.(req) ?? newSessionName();
    const secret = sealedSecret(0, 0, this.context.now(), 'begun');
    return { key: name, handle: name, token: '', generation: 0, id: `${name}.0`, secret };
  }

  idOf({ key, stored }: HeldSession): string {
    return `${key}.${stored.record.secret?.floor ?? 0}`;
  }

  async find(token: string): Promise<Found> {
    const found = await this.sessions.read(token);
    if (found.status === 'invalid') {
      const { reason, name } = found;
      if (name === undefined) {
        this.events.emit('invalid', { reason });
        return { status: 'missing' };
      }
      this.context.reporter.invalid({ handle: name }, reason);
      // Sealed by a process with another clock or release, which has to find its cookie again.
      return { status: 'replaced', presented: { key: name, handle: name } };
    }
    const { name, record } = found;
    const stored = { record, version: token };
    if (found.status !== 'live') return this.refused.answer(found, { key: name, handle: name, stored });
    const generation = record.secret?.generation ?? 0;
    const held = { key: name, handle: name, token, generation, stored, send: found.seal };
    return { status: 'live', held, outdated: found.outdated };
  }

  override revokedBefore(_index: 'user' | 'acted', userId: string | number): Promise<number> {
    return this.sessions.revokedBefore(String(userId));
  }

  async create({ key, secret }: BegunSession, record: SessionRecord): Promise<HeldSession> {
    const held = this.held(key, await this.sessions.begin(key, { ...record, ...(secret && { secret }) }));
    if (!held) throw new SessionGoneError();
    return held;
  }

  async save(held: HeldSession, change: SessionChange): Promise<HeldSession | undefined> {
    const { record } = applyChange(held.stored.record, change, this.options.resolve);
    const newest = this.newest.get(held.key);
    const saved = await this.sealed(held, record);
    if (saved && newest !== undefined && newest !== held.stored.version) {
      // The browser has one cookie and cannot keep both changes: at least the conflict is reported.
      const { base, mine } = change;
      const keys = Object.keys({ ...base, ...mine }).filter((key) => differs(base[key], mine[key]));
      if (keys.length > 0) this.events.emit('conflict', { ...this.subject(held, record), keys });
    }
    return saved;
  }

  update(): Promise<never> {
    return Promise.reject(SessionUsageError.needsStore('update()'));
  }

  /** The deadline is in the cookie, so there is nothing to renew without one. */
  renew(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async rotate(held: HeldSession, { by, next }: Rotation): Promise<RotatedSession | undefined> {
    const session = { name: held.key, record: held.stored.record };
    const made = next(session.record);
    try {
      const outcome = await this.sessions.rotate(session, made, raisedBy(by));
      const rotated = this.held(held.key, outcome);
      return rotated && { ...rotated, joined: outcome.status === 'sealed' && outcome.joined === true };
    } catch (error) {
      // A session that only just fits continues without the rotation.
      if (by !== 'age' || !(error instanceof SessionTooLargeError)) throw error;
      const updated = await this.sealed(held, made);
      return updated && { ...updated, joined: true };
    }
  }

  async replace(
    before: HeldSession,
    fresh: HeldSession,
    { take, admits }: Replacement,
  ): Promise<HeldSession | undefined> {
    const { record } = before.stored;
    if (admits && !admits(record)) return undefined;
    if (!(await this.end(before, 'replaced'))) return undefined;
    const data = take(record);
    return data === undefined ? fresh : this.sealed(fresh, { ...fresh.stored.record, data });
  }

  /** No seal of it was sent, so there is nothing to delete. */
  discard({ key }: HeldSession): Promise<void> {
    this.newest.delete(key);
    return Promise.resolve();
  }

  async end({ key, stored }: PresentedSession, ending: Ending): Promise<StoredSession | undefined> {
    this.newest.delete(key);
    return (await this.sessions.end(key, ending, stored?.record)) ? stored : undefined;
  }

  endIf(
    held: HeldSession,
    ending: Ending,
    judge: (record: SessionRecord) => boolean,
  ): Promise<StoredSession | undefined> {
    return judge(held.stored.record) ? this.end(held, ending) : Promise.resolve(undefined);
  }

  lock(): Promise<never> {
    return Promise.reject(SessionUsageError.needsStore('@SessionLock()'));
  }

  override async revoke(handle: string): Promise<boolean> {
    return typeof handle === 'string' && isSessionName(handle) && this.sessions.end(handle, 'revoked');
  }

  override async revokeUser(userId: string | number, except?: string): Promise<undefined> {
    if (except !== undefined) throw SessionUsageError.needsIndex('revokeAll() with except, or revokeOthers(),');
    await this.sessions.endUser(String(userId));
  }

  override async revokeAt(key: IdpKey): Promise<undefined> {
    await this.sessions.endAt(key);
  }

  override idpRevokedBefore(key: IdpKey): Promise<number> {
    return this.sessions.idpRevokedBefore(key);
  }

  override claim(name: string, until: number): Promise<boolean> {
    return this.sessions.claim(name, until);
  }

  private async sealed({ key, stored }: HeldSession, made: SessionRecord): Promise<HeldSession | undefined> {
    return this.held(key, await this.sessions.save({ name: key, record: stored.record }, made));
  }

  /** @throws `SessionRotatedError` if a newer seal has replaced it */
  private held(key: string, outcome: SealOutcome): HeldSession | undefined {
    if (outcome.status === 'over') return undefined;
    if (outcome.status === 'rotated') throw new SessionRotatedError();
    const { record, seal } = outcome;
    this.newest.set(key, seal);
    const generation = record.secret?.generation ?? 0;
    return { key, handle: key, token: seal, generation, stored: { record, version: seal }, send: seal };
  }

  private subject({ handle }: PresentedSession, { data, facts }: SessionRecord) {
    return this.context.describe(handle, data, facts);
  }
}

const raisedBy = (by: RotationKind): RaisedBy => (by === 'begun' ? 'asked' : by);

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
