import {
  generationOf,
  nameOf,
  NOTHING,
  seenBehind,
  wasRejected,
  type Attempt,
  type GivenCookie,
  type Outcome,
} from './attempt.js';
import type { Operation } from '../../interleavings/operations.js';

/** Which promise was broken. */
export type Promised = 'lost' | 'revived' | 'not ended' | 'dead cookie' | 'wrong';

export interface Violation {
  readonly promised: Promised;
  /** In the words of test/interleavings/allowed-ends.ts. */
  readonly what: string;
}

/** Operations beside which another one has nothing to fear. */
const isHarmless = ({ effect }: Operation): boolean =>
  effect.kind === 'reads' ||
  effect.kind === 'saves' ||
  effect.kind === 'updates' ||
  (effect.kind === 'rotates' && effect.byAge === true);

/** What an attempt violates: what test/interleavings/invariants.ts checks, by what can be seen from outside. */
export class Verdict {
  private readonly found = new Map<string, Promised>();

  private constructor(private readonly attempt: Attempt) {}

  static async of(attempt: Attempt): Promise<readonly Violation[]> {
    const verdict = new Verdict(attempt);
    verdict.checkAnswers();
    verdict.checkEndings();
    verdict.checkReplaced();
    verdict.checkRevokedUsers();
    verdict.checkUpdates();
    verdict.checkLimit();
    verdict.checkBrowser();
    await verdict.checkChanges();
    // From here on the session is changed.
    await verdict.checkSuspended();
    return [...verdict.found].map(([what, promised]) => ({ what, promised }));
  }

  private violated(promised: Promised, what: string): void {
    this.found.set(what, promised);
  }

  private get live(): GivenCookie[] {
    return this.attempt.given.filter(({ seen }) => seen.live);
  }

  private get succeeded(): Outcome[] {
    return this.attempt.outcomes.filter(({ answer }) => answer.status === 200);
  }

  private get startsSignedIn(): boolean {
    return ['signed-in', 'acting'].includes(this.attempt.pair.state);
  }

  private startUser(): string | undefined {
    return { 'signed-in': 'alice', acting: 'carol', none: undefined, anonymous: undefined, pending: undefined }[
      this.attempt.pair.state
    ];
  }

  /** Who it is, by the name in test/interleavings. */
  private person(user: { readonly id: unknown } | undefined): string | undefined {
    return user && String(user.id).replace(`-${this.attempt.serial}`, '');
  }

  private cookieName({ by, browser }: GivenCookie): string {
    const operation = this.attempt.outcomes.find(({ actor }) => actor === by)?.operation;
    return operation ? `the cookie of ${operation.label}` : `the cookie that browser ${browser} had`;
  }

  /** Whether a session is the one that the browser had at the beginning: the same name, or a mark that only it has. */
  private isFirst({ seen }: GivenCookie): boolean {
    const first = this.attempt.given.find(({ by, browser }) => by === undefined && browser === 'B');
    return seen.data['life'] === 'B' || (first?.seen.live === true && first.seen.handle === seen.handle);
  }

  private checkAnswers(): void {
    const { outcomes, given, pair } = this.attempt;
    for (const { operation, answer } of outcomes)
      if (![200, 401, 403, 409].includes(answer.status))
        this.violated('wrong', `I0 ${operation.label} was answered ${answer.status}: ${answer.text}`);
    for (const cookie of given)
      if (cookie.disputed) this.violated('wrong', `I0 one process opens ${this.cookieName(cookie)}, another does not`);
    if (pair.state === 'none' || !outcomes.every(({ operation }) => isHarmless(operation))) return;
    for (const { operation, answer, handle } of outcomes) {
      if (operation.browser !== 'B' || (operation.label === 'update' && pair.state === 'acting')) continue;
      if (answer.status !== 200) this.violated('wrong', `I2 ${operation.label} was refused`);
      else if (handle === undefined) this.violated('wrong', `I6 ${operation.label} found no session`);
    }
  }

  /** I3: an ending that was answered 200 has ended the session, for every cookie that was ever given. */
  private checkEndings(): void {
    for (const { operation } of this.succeeded) {
      const { effect, browser, label } = operation;
      const first = effect.kind === 'signs-out' || label === 'revoke' || (effect.kind === 'begins' && browser === 'B');
      if (!first || this.attempt.pair.state === 'none') continue;
      for (const token of this.live) {
        if (!this.isFirst(token)) continue;
        // A login of the same user goes on with the session of that user, under another secret.
        if (effect.kind === 'begins' && !effect.pending && this.startUser() === effect.user && token.by) continue;
        this.violated('not ended', `I3 ${label} was answered 200, and ${this.cookieName(token)} opens the session`);
      }
    }
  }

  /** I7: a secret that was replaced opens nothing. */
  private checkReplaced(): void {
    const before = this.live.find(({ by, browser }) => by === undefined && browser === 'B');
    for (const { operation, handle } of this.succeeded) {
      const { effect, browser, label } = operation;
      if (handle === undefined || browser !== 'B') continue;
      if (effect.kind !== 'begins' && (effect.kind !== 'rotates' || effect.byAge)) continue;
      if (before)
        this.violated('not ended', `I7 ${label} was answered 200, and the cookie before it opens the session`);
    }
  }

  /** I8: what began before all sessions of a user were ended is over. */
  private checkRevokedUsers(): void {
    const { outcomes, start } = this.attempt;
    for (const { actor, operation } of this.succeeded) {
      const { effect } = operation;
      if (effect.kind !== 'revokes' || effect.user === undefined) continue;
      const { user, spares } = effect;
      for (const token of this.live) {
        const { seen, by } = token;
        if (this.person(seen.user) !== user && this.person(seen.actor) !== user) continue;
        if (spares !== undefined && (seen.handle === nameOf(start[spares]) || seen.data['life'] === spares)) continue;
        // What begins asks what stands against the user, and is live only if that was after the revocation.
        if (by && by !== actor && this.begins(by, user)) continue;
        this.violated(
          'not ended',
          `I8 ${operation.label} was answered 200, and ${this.cookieName(token)} opens a session of ${user}`,
        );
      }
      const mayEnd = outcomes.some(
        ({ operation: other }) => other !== operation && !isHarmless(other) && other.effect.kind !== 'rotates',
      );
      if (spares && !mayEnd && !this.live.some(({ browser }) => browser === spares))
        this.violated('wrong', `I8 ${operation.label} ended the session that it spares`);
    }
  }

  private begins(actor: string, user: string): boolean {
    const effect = this.attempt.outcomes.find((outcome) => outcome.actor === actor)?.operation.effect;
    return effect !== undefined && bringsUser(effect, user);
  }

  /** I2: a change that was acknowledged is there for as long as its session is. */
  private async checkChanges(): Promise<void> {
    const { state } = this.attempt.pair;
    for (const outcome of this.succeeded) {
      const { actor, operation, handle } = outcome;
      if (operation.effect.kind !== 'saves' || handle === undefined) continue;
      for (const token of this.live) {
        const { seen } = token;
        const same = seen.handle === handle || seen.data['kept'] === 'B';
        const among = state === 'acting' ? seen.actor !== undefined : seen.actor === undefined;
        if (token.browser !== 'B' || !same || !among || seen.data[actor] !== undefined) continue;
        // An event tells that it was refused.
        if (await wasRejected(outcome)) continue;
        const what = `I2 ${operation.label} was acknowledged, and is lost in what ${this.cookieName(token)} opens`;
        this.violated('lost', what);
      }
    }
  }

  /** I4: a change from outside reaches every session of the user that was open. */
  private checkUpdates(): void {
    for (const { operation } of this.succeeded) {
      const { effect, label } = operation;
      if (effect.kind !== 'updates') continue;
      if (this.attempt.outcomes.some((other) => bringsUser(other.operation.effect, effect.user))) continue;
      for (const token of this.live) {
        const { user, actor } = token.seen;
        if (this.person(user) === effect.user && user?.role !== 0)
          this.violated('lost', `I4 ${label} missed what ${this.cookieName(token)} opens`);
        if (this.person(actor) === effect.user && actor?.role !== 0)
          this.violated('lost', `I4 ${label} missed the values that wait behind ${this.cookieName(token)}`);
      }
    }
  }

  /** I5: a limit holds. */
  private checkLimit(): void {
    if (!this.attempt.outcomes.some(({ operation }) => operation.shared?.maxSessionsPerUser !== undefined)) return;
    const own = this.live.filter(({ seen }) => this.person(seen.actor ?? seen.user) === 'alice');
    const handles = new Set(own.map(({ seen }) => seen.handle));
    if (handles.size > 2) this.violated('wrong', `I5 ${handles.size} sessions of alice are live, and 2 may be`);
  }

  /** I6: the browser is left with a live cookie of its login, in the order in which it was given them. */
  private checkBrowser(): void {
    const { arrivals, given, left, pair } = this.attempt;
    const cookies = arrivals.filter(
      ({ operation, answer }) => operation.browser === 'B' && answer.cookie !== undefined,
    );
    const seen = given.find(({ cookie }) => cookie === left)?.seen ?? NOTHING;
    const when =
      cookies.length === 0
        ? 'no cookie arrives'
        : `${cookies.map((outcome) => `${outcome.operation.label}${this.twin(outcome)}`).join(', then ')} ${cookies.length > 1 ? 'arrive' : 'arrives'}`;
    const best = this.live.find(({ browser, seen: { user } }) => browser === 'B' && user);
    const signedIn = cookies.some(
      ({ operation: { effect }, answer }) => effect.kind === 'begins' && answer.status === 200,
    );
    if (!seen.live) {
      if (best)
        this.violated(
          'dead cookie',
          `I6 ${left === undefined ? 'no cookie' : 'a dead cookie'} is left, and a session is live: ${when}`,
        );
      else if (this.mayHaveEnded()) return;
      else if (pair.state !== 'none') this.violated('dead cookie', `I6 nothing is left of the session: ${when}`);
      else if (left !== undefined) this.violated('dead cookie', `I6 a dead cookie is left: ${when}`);
    } else if (!seen.user && !seen.pending && (signedIn || best)) {
      this.violated('dead cookie', `I6 an anonymous cookie is left beside a login: ${when}`);
    } else if (!seen.user && seen.pending && best) {
      this.violated('dead cookie', `I6 a half login is left beside a login: ${when}`);
    }
  }

  /**
   * Tells which of two like operations it was, where that matters: the first one to be done is the first. One that finds
   * the secret replaced begins another session; of two that go on with the same one the first has the lower generation.
   */
  private twin({ answer: { cookie } }: Outcome): string {
    const [a, b] = this.attempt.outcomes;
    const [one, other] = [a?.answer.cookie, b?.answer.cookie];
    if (!one || !other || !cookie || a?.operation.label !== b?.operation.label) return '';
    const first =
      nameOf(one) === nameOf(other)
        ? generationOf(cookie) === Math.min(generationOf(one), generationOf(other))
        : nameOf(cookie) === nameOf(this.attempt.start.B);
    return first ? ' (first)' : ' (second)';
  }

  /** Whether something of the pair has ended sessions of the browser, and said so. */
  private mayHaveEnded(): boolean {
    return this.succeeded.some(({ operation: { effect, browser } }) => {
      if (effect.kind === 'signs-out') return true;
      if (effect.kind === 'revokes') return effect.spares !== 'B';
      // It makes room for itself.
      return browser === 'E';
    });
  }

  /** I2 and I6 of the session that waits behind an impersonation. */
  private async checkSuspended(): Promise<void> {
    const acting = this.live.find(({ seen, browser }) => seen.actor && browser === 'B');
    if (!acting || !this.startsSignedIn) return;
    const changes = this.attempt.pair.state === 'acting' ? [] : this.succeeded;
    const back = await seenBehind(this.attempt, acting.cookie);
    if (!back.live || this.person(back.user) !== this.person(acting.seen.actor))
      this.violated('lost', `I6 nobody comes back behind ${this.cookieName(acting)}`);
    for (const outcome of changes) {
      const { actor, operation, handle } = outcome;
      if (operation.effect.kind !== 'saves' || handle === undefined) continue;
      if (back.data[actor] !== undefined || acting.seen.data[actor] !== undefined) continue;
      if (await wasRejected(outcome)) continue;
      this.violated('lost', `I2 ${operation.label} was acknowledged, and is lost behind ${this.cookieName(acting)}`);
    }
  }
}

/** A login or an impersonation that begins brings the user along that the application has loaded. */
const bringsUser = (effect: Operation['effect'], user: string): boolean =>
  (effect.kind === 'begins' && effect.user === user) || (effect.kind === 'rotates' && effect.actsAs === user);
