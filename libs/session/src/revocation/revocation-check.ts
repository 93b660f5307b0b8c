import type { Clock } from '../core/clock.js';
import type { SessionRecord } from '../core/record.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { RevocationState, SessionRevocation } from './session-revocation.js';

/** Remembered at most: sessions that this process was told about. */
const MOST = 10_000;

/** How long a rotated session is remembered, so that requests sent with it just before get no cookie that undoes the new one. */
const ROTATION_GRACE = 60_000;
const ROTATED = '.rotated';
const LATE = '.late';

type Login = Pick<SessionRecord, 'createdAt' | 'authenticatedAt' | 'epoch'>;

interface Answer {
  readonly state: RevocationState;
  readonly at: number;
}

/** Tells which sealed sessions are over: asks the revocation store, as seldom as it allows, and remembers what this process ended. */
export class RevocationCheck {
  private readonly answers = new BoundedMap<string, Answer>(MOST);
  private readonly ended = new BoundedMap<string, true>(MOST);
  private readonly rotated = new BoundedMap<string, number>(MOST);
  private readonly epochs = new BoundedMap<string, number>(MOST);

  /** @param revocation undefined if nothing is revoked: then this process alone remembers, and not for long */
  constructor(
    private readonly revocation: SessionRevocation | undefined,
    private readonly clock: Clock,
  ) {}

  /** Whether a session is over, asking the store at most once. */
  async isOver(handle: string, userId: string | undefined, login: Login): Promise<boolean> {
    if (!this.revocation || this.ended.get(handle)) return this.isKnownOver(handle, userId, login);
    const state = await this.ask(this.revocation, handle, userId);
    // Another process may have ended the user's sessions since this one did.
    const [stands = 0] = state.revokedBefore;
    if (userId !== undefined && (this.epochs.get(userId) ?? Infinity) < stands) this.epochs.set(userId, stands);
    return isOver(state, userId, login);
  }

  /** Whether this process has ended the session, asking nobody: for a request that began before that. */
  isKnownOver(handle: string, userId: string | undefined, login: Login): boolean {
    const epoch = userId === undefined ? undefined : this.epochs.get(userId);
    const ended = this.ended.get(handle)
      ? { entry: { least: Infinity, by: 'asked' as const, over: 'revoked', at: 0 } }
      : {};
    return isOver({ ...ended, revokedBefore: [epoch ?? 0] }, userId, login);
  }

  /** @returns false if it was ended already */
  async end(handle: string, until: number): Promise<boolean> {
    const first = this.revocation ? await this.over(this.revocation, handle, until) : !this.ended.get(handle);
    this.ended.set(handle, true);
    return first;
  }

  /** As {@link end}, and remembers for a moment that the browser is about to get another session in its place. */
  async replace(handle: string, until: number): Promise<boolean> {
    const first = await this.end(handle, until);
    if (!first) return false;
    const over = this.clock.now() + ROTATION_GRACE;
    this.rotated.set(handle, over);
    // The session is over either way; without this mark a late request may get a cookie of its own.
    if (this.revocation) await this.over(this.revocation, handle + ROTATED, over).catch(() => undefined);
    return true;
  }

  /**
   * Ends a session that goes on under another name, and lets late requests read it for as long as `grace`.
   * @returns false if it was ended already
   */
  async succeed(handle: string, until: number, grace: number): Promise<boolean> {
    const over = this.clock.now() + grace;
    // First, so that no request in between is turned away. It says nothing about a session that is not over.
    if (grace > 0 && this.revocation) await this.over(this.revocation, handle + LATE, over);
    return this.replace(handle, until);
  }

  /**
   * Whether a session that is over went on a moment ago under another name, under which it has not ended.
   * @param successor that name
   */
  async isLate(handle: string, successor: string, userId: string | undefined, login: Login): Promise<boolean> {
    if (!this.revocation || !(await this.revocation.read(handle + LATE, [])).entry) return false;
    return !isOver(await this.revocation.read(successor, usersOf(userId)), userId, login);
  }

  /** Whether a session is over, whatever this process has been told before. */
  async isOverNow(handle: string, userId: string | undefined, login: Login): Promise<boolean> {
    if (this.isKnownOver(handle, userId, login)) return true;
    return this.revocation !== undefined && isOver(await this.revocation.read(handle, usersOf(userId)), userId, login);
  }

  /** Whether a session that is over was replaced a moment ago. */
  async wasReplaced(handle: string): Promise<boolean> {
    if ((this.rotated.get(handle) ?? 0) > this.clock.now()) return true;
    return (await this.revocation?.read(handle + ROTATED, []))?.entry !== undefined;
  }

  /** Ends all sessions of a user. */
  async endUser(userId: string, until: number): Promise<void> {
    const [stands = 0] = (await this.revocation?.read('', [userId]))?.revokedBefore ?? [this.epochs.get(userId) ?? 0];
    const epoch = Math.max(this.clock.now(), stands + 1);
    await this.revocation?.revokeBefore(userId, epoch, until);
    this.answers.clear();
    this.epochs.set(userId, epoch);
  }

  /** What a login of this user has to carry. */
  async epochOf(handle: string, userId: string): Promise<string> {
    const [stands] = (await this.revocation?.read(handle, [userId]))?.revokedBefore ?? [this.epochs.get(userId)];
    return String(stands ?? 0);
  }

  private async over(revocation: SessionRevocation, handle: string, until: number): Promise<boolean> {
    const was = await revocation.raise(handle, { least: Infinity, by: 'asked', over: 'revoked', until });
    return was?.over === undefined && until > this.clock.now();
  }

  private async ask(
    revocation: SessionRevocation,
    handle: string,
    userId: string | undefined,
  ): Promise<RevocationState> {
    const { staleness = 0 } = revocation;
    if (staleness === 0) return revocation.read(handle, usersOf(userId));
    const key = `${handle} ${userId ?? ''}`;
    const now = this.clock.now();
    const known = this.answers.get(key);
    if (known && now - known.at < staleness && now >= known.at) return known.state;
    const state = await revocation.read(handle, usersOf(userId));
    this.answers.set(key, { state, at: now });
    return state;
  }
}

const usersOf = (userId: string | undefined): string[] => (userId === undefined ? [] : [userId]);

function isOver(
  { entry, revokedBefore: [stands = 0] }: RevocationState,
  userId: string | undefined,
  login: Login,
): boolean {
  if (entry?.over !== undefined) return true;
  if (userId === undefined || stands === 0) return false;
  // Another library logged the user in: only the time tells.
  if (login.epoch === undefined) return (login.authenticatedAt ?? login.createdAt) <= stands;
  return Number(login.epoch) < stands;
}
