import { CLOCK_SKEW, expiryOf } from '../core/deadlines.js';
import type { IdpKey } from '../core/idp-keys.js';
import type { Ending, SessionRecord } from '../core/record.js';
import { RevocationCheck } from '../revocation/revocation-check.js';
import type { RaisedBy, RevocationEntry } from '../revocation/revocation-entry.js';
import { generationOf, sealStatusOf, type Answer } from '../revocation/seal-status.js';
import {
  carrying,
  idpUser,
  isBehind,
  revocationSubjectsOf,
  type RevokedBeforeOf,
} from '../revocation/revocation-subjects.js';
import { OpenedSeals, type OpenedSeal, type SealedSession } from './opened-seals.js';
import { lastSealEnd, MAX_SEAL_LIFE, sealedSecret } from './sealed-payload.js';
import type { SealedSessionsOptions } from './sealed-sessions-options.js';
import { outlivesCopies } from './stale-copies.js';

/** The result of reading a seal. */
export type SealedLookup =
  | (SealedSession & {
      readonly status: 'live';
      /** The seal that the browser should have: another one, if this was just replaced by a rotation by age. */
      readonly seal: string;
      /** Has to be sealed again, even without a change. */
      readonly outdated: boolean;
    })
  /** Replaced by a newer seal. */
  | (SealedSession & { readonly status: 'replaced'; readonly entry: RevocationEntry })
  /** The session was ended, or all sessions of its user were revoked. */
  | (SealedSession & { readonly status: 'over'; readonly entry?: RevocationEntry })
  | Exclude<OpenedSeal, { readonly status: 'valid' }>;

/** The result of sealing a session again. */
export type SealOutcome =
  | {
      readonly status: 'sealed';
      readonly record: SessionRecord;
      readonly seal: string;
      /** Another request had already made the same rotation. */
      readonly joined?: boolean;
    }
  /** It has ended. */
  | { readonly status: 'over' }
  /** Replaced by a newer seal, not by age. */
  | { readonly status: 'rotated' };

/** How much longer (ms) an entry is kept, because the clocks of the processes involved may differ. */
const MARGIN = 2 * CLOCK_SKEW;

/**
 * Sessions that are sealed into cookies. A seal has name and generation; the revocation store keeps the lowest valid
 * generation of each name. A read asks it once. It is asked again right before sealing, so that no invalid cookie is sent.
 */
export class SealedSessions {
  private readonly seals: OpenedSeals;
  private readonly check: RevocationCheck;

  constructor(private readonly options: SealedSessionsOptions) {
    const { settings, policy, clock, cookie } = options;
    this.seals = new OpenedSeals(settings, policy, clock, cookie);
    this.check = new RevocationCheck(settings.revocation, clock);
  }

  /** Rejects only during an outage of the revocation store. */
  async read(seal: string): Promise<SealedLookup> {
    const found = await this.seals.open(seal);
    if (found.status !== 'valid') return found;
    const { name, record } = found;
    const users = revocationSubjectsOf(record, this.options.userKey).map(({ user }) => user);
    return this.judged(found, seal, await this.options.ask(() => this.check.read(name, users)));
  }

  /** As {@link read}, without asking the store: a session that another process ended still counts as live. */
  async peek(seal: string): Promise<SealedLookup> {
    const found = await this.seals.open(seal);
    if (found.status !== 'valid') return found;
    const users = revocationSubjectsOf(found.record, this.options.userKey).map(({ user }) => user);
    return this.judged(found, seal, this.check.known(found.name, users));
  }

  /** Seals a new session. */
  async begin(name: string, record: SessionRecord): Promise<SealOutcome> {
    const users = revocationSubjectsOf(record, this.options.userKey).map(({ user }) => user);
    if (users.length === 0) return this.sealed(name, record);
    const { revokedBefore } = await this.options.ask(() => this.check.readNow(name, users));
    const made = carrying(record, undefined, revokedBefore, this.options.userKey);
    return this.isBehind(made, revokedBefore) ? { status: 'over' } : this.sealed(name, made);
  }

  /** Seals the changes of a request. */
  async save(session: SealedSession, made: SessionRecord): Promise<SealOutcome> {
    const { name, record: before } = session;
    // The session keeps its name: only the earlier seals are ended.
    if (outlivesCopies(before, made, this.endOf)) return this.replaceSeals(session, made, 'asked', floorOf(before));
    const { answer, carried } = await this.askAbout(name, before, made);
    const seal = sealStatusOf(before, answer, this.now(), this.options.userKey);
    if (seal.status === 'over' || seal.status === 'revoked' || this.isBehind(carried, answer.revokedBefore))
      return { status: 'over' };
    if (seal.status === 'replaced') return { status: 'rotated' };
    return this.sealed(name, seal.status === 'grace' ? inNewGeneration(carried, seal.entry) : carried);
  }

  /** Begins a new generation. Earlier seals are invalid then; after a rotation by age, once the grace is over. */
  rotate(session: SealedSession, made: SessionRecord, by: RaisedBy): Promise<SealOutcome> {
    return this.replaceSeals(session, made, by);
  }

  /** Ends a session with all its seals. @returns false if it was over already */
  async end(name: string, ending: Ending, record?: SessionRecord): Promise<boolean> {
    const until = record ? this.endOf(record) : this.now() + MAX_SEAL_LIFE + MARGIN;
    return (await this.raise(name, 'asked', Infinity, until, ending))?.over === undefined;
  }

  /** Ends all sessions of a user that exist now. */
  async endUser(userId: string): Promise<void> {
    await this.options.ask(() => this.check.revokeUser(userId, this.now() + MAX_SEAL_LIFE + MARGIN));
  }

  /** Ends the sessions that came from a session or a subject at an identity provider. */
  endAt(key: IdpKey): Promise<void> {
    return this.endUser(idpUser(key));
  }

  /** The `revokedBefore` that a login of this user has to carry. */
  revokedBefore(userId: string): Promise<number> {
    return this.options.ask(() => this.check.revokedBefore(userId));
  }

  /** The `revokedBefore` that a session from this subject has to carry. */
  idpRevokedBefore(key: IdpKey): Promise<number> {
    return this.revokedBefore(idpUser(key));
  }

  /** Whether this is the first call with this name. @param until how long the name is remembered */
  async claim(name: string, until: number): Promise<boolean> {
    return (await this.raise(name, 'asked', Infinity, until, 'used'))?.over === undefined;
  }

  private judged(found: OpenedSeal & { status: 'valid' }, seal: string, answer: Answer): SealedLookup {
    const { name, record, outdated } = found;
    const judged = sealStatusOf(record, answer, this.now(), this.options.userKey);
    switch (judged.status) {
      case 'good':
        return { status: 'live', name, record, seal, outdated };
      case 'grace': {
        const current = inNewGeneration(record, judged.entry);
        return { status: 'live', name, record: current, seal: this.fitting(name, current) ?? seal, outdated };
      }
      case 'replaced':
      case 'over':
        return { status: judged.status, name, record, entry: judged.entry };
      default:
        return { status: 'over', name, record };
    }
  }

  /** @param floor of the new record, if other than its generation. `req.sessionID` contains it */
  private async replaceSeals(
    { name, record: before }: SealedSession,
    made: SessionRecord,
    by: RaisedBy,
    floor?: number,
  ): Promise<SealOutcome> {
    const { answer, carried } = await this.askAbout(name, before, made);
    const { entry, revokedBefore } = answer;
    if (entry?.over !== undefined || this.isBehind(before, revokedBefore) || this.isBehind(carried, revokedBefore))
      return { status: 'over' };
    const until = Math.max(this.endOf(before), this.endOf(carried));
    for (let least = generationOf(before) + 1; ; least++) {
      const secret = sealedSecret(least, floor ?? (by === 'age' ? floorOf(before) : least), this.now(), by);
      // Before the earlier seals are ended: a session that does not fit is refused here.
      const sealed = this.sealed(name, { ...carried, secret });
      const was = await this.raise(name, by, least, until);
      if (!was || was.least < least) return sealed;
      if (was.over !== undefined) return { status: 'over' };
      if (was.least > least) return { status: 'rotated' };
      // Two rotations by age at the same time, or two authentications: both cookies are valid.
      if (was.by === by && by === 'age' && this.now() < (was.graceUntil ?? 0)) return { ...sealed, joined: true };
      if (was.by === by && by === 'proof') return { ...sealed, joined: true };
      // A rotation by age came first. It does not cover the step of this request, so the loop tries the next generation.
      if (was.by !== 'age' || by === 'age') return { status: 'rotated' };
    }
  }

  private async askAbout(
    name: string,
    before: SessionRecord,
    made: SessionRecord,
  ): Promise<{ answer: Answer; carried: SessionRecord }> {
    const users = new Set(
      [before, made].flatMap((record) => revocationSubjectsOf(record, this.options.userKey)).map(({ user }) => user),
    );
    const answer = await this.options.ask(() => this.check.readNow(name, [...users]));
    return { answer, carried: carrying(made, before, answer.revokedBefore, this.options.userKey) };
  }

  private raise(
    name: string,
    by: RaisedBy,
    least: number,
    until: number,
    over?: string,
  ): Promise<RevocationEntry | undefined> {
    const grace = by === 'age' && this.options.grace > 0 ? { graceUntil: this.now() + this.options.grace } : {};
    const raise = { least, by, ...grace, ...(over !== undefined && { over }), until };
    return this.options.ask(() => this.check.raise(name, raise));
  }

  private sealed(name: string, record: SessionRecord): Extract<SealOutcome, { status: 'sealed' }> {
    const dated = { ...record, expiresAt: expiryOf(record, this.options.policy) };
    const seal = this.seals.seal(name, dated);
    this.options.requireFit(seal, dated);
    return { status: 'sealed', record: dated, seal };
  }

  /** As {@link sealed}, where a new cookie is optional. @returns undefined if it does not fit */
  private fitting(name: string, record: SessionRecord): string | undefined {
    try {
      return this.sealed(name, record).seal;
    } catch {
      return undefined;
    }
  }

  private isBehind(record: SessionRecord, revokedBefore: RevokedBeforeOf): boolean {
    return isBehind(record, revokedBefore, this.options.userKey);
  }

  private now(): number {
    return this.options.clock.now();
  }

  /** When all seals that the session has had until now have expired. */
  private readonly endOf = (record: SessionRecord): number =>
    lastSealEnd(record, this.options.policy, this.now()) + MARGIN;
}

const floorOf = ({ secret }: SessionRecord): number => secret?.floor ?? 0;

/** The record in the generation that a rotation by age has begun. */
const inNewGeneration = (record: SessionRecord, { least, at }: RevocationEntry): SessionRecord => ({
  ...record,
  secret: sealedSecret(least, floorOf(record), at, 'age'),
});
