import { randomText } from '../core/random-text.js';
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
  private readonly epochs = new BoundedMap<string, string>(MOST);

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
    if (userId !== undefined && state.epoch !== undefined && this.epochs.get(userId) !== undefined)
      this.epochs.set(userId, state.epoch);
    return isOver(state, userId, login);
  }

  /** Whether this process has ended the session, asking nobody: for a request that began before that. */
  isKnownOver(handle: string, userId: string | undefined, login: Login): boolean {
    const epoch = userId === undefined ? undefined : this.epochs.get(userId);
    return isOver({ revoked: this.ended.get(handle) ?? false, epoch }, userId, login);
  }

  /** @returns false if it was ended already */
  async end(handle: string, until: number): Promise<boolean> {
    const first = this.revocation ? await this.revocation.revoke(handle, until) : !this.ended.get(handle);
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
    await this.revocation?.revoke(handle + ROTATED, over).catch(() => undefined);
    return true;
  }

  /**
   * Ends a session that goes on under another name, and lets late requests read it for as long as `grace`.
   * @returns false if it was ended already
   */
  async succeed(handle: string, until: number, grace: number): Promise<boolean> {
    const over = this.clock.now() + grace;
    // First, so that no request in between is turned away. It says nothing about a session that is not over.
    if (grace > 0) await this.revocation?.revoke(handle + LATE, over);
    return this.replace(handle, until);
  }

  /**
   * Whether a session that is over went on a moment ago under another name, under which it has not ended.
   * @param successor that name
   */
  async isLate(handle: string, successor: string, userId: string | undefined, login: Login): Promise<boolean> {
    if (!this.revocation || !(await this.revocation.read(handle + LATE, undefined)).revoked) return false;
    return !isOver(await this.revocation.read(successor, userId), userId, login);
  }

  /** Whether a session is over, whatever this process has been told before. */
  async isOverNow(handle: string, userId: string | undefined, login: Login): Promise<boolean> {
    if (this.isKnownOver(handle, userId, login)) return true;
    return this.revocation !== undefined && isOver(await this.revocation.read(handle, userId), userId, login);
  }

  /** Whether a session that is over was replaced a moment ago. */
  async wasReplaced(handle: string): Promise<boolean> {
    if ((this.rotated.get(handle) ?? 0) > this.clock.now()) return true;
    return (await this.revocation?.read(handle + ROTATED, undefined))?.revoked ?? false;
  }

  /** Ends all sessions of a user. */
  async endUser(userId: string, until: number): Promise<void> {
    const epoch = `${this.clock.now()}.${randomText(9)}`;
    await this.revocation?.revokeUser(userId, epoch, until);
    this.answers.clear();
    this.epochs.set(userId, epoch);
  }

  /** What a login of this user has to carry. */
  async epochOf(handle: string, userId: string): Promise<string> {
    const { epoch } = (await this.revocation?.read(handle, userId)) ?? { epoch: this.epochs.get(userId) };
    return epoch ?? '';
  }

  private async ask(
    revocation: SessionRevocation,
    handle: string,
    userId: string | undefined,
  ): Promise<RevocationState> {
    const { staleness = 0 } = revocation;
    if (staleness === 0) return revocation.read(handle, userId);
    const key = `${handle} ${userId ?? ''}`;
    const now = this.clock.now();
    const known = this.answers.get(key);
    if (known && now - known.at < staleness && now >= known.at) return known.state;
    const state = await revocation.read(handle, userId);
    this.answers.set(key, { state, at: now });
    return state;
  }
}

function isOver({ revoked, epoch }: RevocationState, userId: string | undefined, login: Login): boolean {
  if (revoked) return true;
  if (userId === undefined || epoch === undefined || login.epoch === epoch) return false;
  // Another library logged the user in: only the time tells.
  if (login.epoch === undefined) return (login.authenticatedAt ?? login.createdAt) <= Number(epoch.split('.', 1)[0]);
  return true;
}
