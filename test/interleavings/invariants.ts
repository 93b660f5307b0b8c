import { ACTORS, LIFE_B, USERS, type Actor, type GivenToken, type PairRun } from './pair-run.js';
import { idOf, NOTHING, received, type Answer, type Jar, type Seen } from './world.js';
import type { Browser, Operation } from './operations.js';
import type { DoneStep } from './scheduled-store.js';
import type { Choice } from './scheduler.js';

/** A token, what it opens in the end, and what the session that waits behind an impersonation is. */
interface Opened extends GivenToken {
  readonly seen: Seen;
}

/** What came of an operation. */
interface Outcome {
  readonly actor: Actor;
  readonly operation: Operation;
  /** Undefined if its process died. */
  readonly answer: Answer | undefined;
}

/** Operations beside which another one has nothing to fear. */
const isHarmless = ({ effect }: Operation): boolean =>
  effect.kind === 'reads' ||
  effect.kind === 'saves' ||
  effect.kind === 'updates' ||
  (effect.kind === 'rotates' && effect.byAge === true);

/** What a finished run violates, in words without random names: the same violation is the same text in every run. */
export class Verdict {
  private readonly found = new Set<string>();
  private readonly outcomes: readonly Outcome[];
  private opened: Opened[] = [];
  private readonly calm: boolean;

  private constructor(
    private readonly run: PairRun,
    happened: readonly Choice[],
  ) {
    this.outcomes = ACTORS.map((actor) => ({
      actor,
      operation: run.operation(actor),
      answer: run.answers.get(actor),
    }));
    this.calm = happened.every(({ kind }) => kind === 'step');
  }

  static async of(run: PairRun, happened: readonly Choice[]): Promise<readonly string[]> {
    const verdict = new Verdict(run, happened);
    await verdict.judge();
    const { unpromised = {} } = run.backend;
    return [...verdict.found].filter((violation) => unpromised[violation.slice(0, 2)] === undefined);
  }

  private violated(invariant: string, what: string): void {
    this.found.add(`${invariant} ${what}`);
  }

  private async judge(): Promise<void> {
    const { run } = this;
    for (const actor of run.stuck) this.violated('I0', `${run.operation(actor).label} was never answered`);
    for (const { answer, operation } of this.outcomes) {
      const expected = this.calm ? [200, 401, 403, 409] : [200, 401, 403, 409, 503];
      if (answer && !expected.includes(answer.status))
        this.violated('I0', `${operation.label} was answered ${answer.status}: ${String(answer.error)}`);
    }
    if (run.revived.size > 0) this.violated('I1', 'a session was written again after it had ended');
    this.opened = await this.open(run.given);
    this.checkHarmless();
    this.checkEndings();
    this.checkReplaced();
    this.checkWrites();
    this.checkGrace();
    this.checkJoined();
    this.checkRevokedUsers();
    this.checkChanges();
    this.checkUpdates();
    this.checkEntitlement();
    await this.checkLists();
    this.checkBrowser();
    // From here on the world is changed.
    await this.checkSuspended();
    run.passTime();
    await this.checkAfterGrace();
  }

  private async open(given: readonly GivenToken[]): Promise<Opened[]> {
    const opened: Opened[] = [];
    for (const token of given) opened.push({ ...token, seen: await this.run.world.look(token.jar) });
    return opened;
  }

  private get live(): Opened[] {
    return this.opened.filter(({ seen }) => seen.live);
  }

  /** Whether a session is the one that the browser had at the beginning: the same name, or a mark that only it has. */
  private isFirst({ seen }: Opened): boolean {
    return seen.handle === this.run.start.get('B')?.handle || seen.data['life'] === LIFE_B;
  }

  private name({ by, browser }: GivenToken): string {
    const had = by === undefined ? `that browser ${browser} had` : `of ${this.run.operation(by).label}`;
    return `the cookie ${had}`;
  }

  /** What does nobody any harm disturbs nobody. */
  private checkHarmless(): void {
    if (!this.calm || !this.outcomes.every(({ operation }) => isHarmless(operation))) return;
    for (const { operation, answer } of this.outcomes) {
      if (!answer || operation.browser !== 'B' || this.run.pair.state === 'none') continue;
      if (operation.label === 'update' && this.run.pair.state === 'acting') continue;
      if (answer.status !== 200 || answer.rejected) this.violated('I2', `${operation.label} was refused`);
      if (!answer.handle) this.violated('I6', `${operation.label} found no session`);
    }
  }

  /** I3: who is told that a session has ended can rely on it. */
  private checkEndings(): void {
    const { start } = this.run;
    for (const { operation, answer } of this.outcomes) {
      if (answer?.status !== 200) continue;
      const { effect, browser, label } = operation;
      const first = effect.kind === 'signs-out' || label === 'revoke' || (effect.kind === 'begins' && browser === 'B');
      if (!first || !start.get('B')?.live) continue;
      for (const token of this.live) {
        if (!this.isFirst(token)) continue;
        // A login of the same user goes on with the session of that user, under another secret.
        if (effect.kind === 'begins' && !effect.pending && start.get('B')?.user?.id === effect.user && token.by)
          continue;
        this.violated('I3', `${label} was answered 200, and ${this.name(token)} opens the session`);
      }
    }
  }

  /** I7: a secret that was replaced opens nothing. */
  private checkReplaced(): void {
    for (const { operation, answer } of this.outcomes) {
      const { effect, browser, label } = operation;
      if (answer?.status !== 200 || answer.handle === undefined || browser !== 'B') continue;
      if (effect.kind !== 'begins' && (effect.kind !== 'rotates' || effect.byAge)) continue;
      if (label === 'stop' && this.run.pair.state !== 'acting') continue;
      if (this.opened[0]?.by === undefined && this.opened[0]?.seen.live)
        this.violated('I7', `${label} was answered 200, and the cookie before it opens the session`);
    }
  }

  /** I7: a secret that was replaced by anything but its age writes nothing, unless its holder proves as much. */
  private checkWrites(): void {
    for (const rotated of this.outcomes) {
      const { effect } = rotated.operation;
      const proof = this.provenIn(rotated.operation);
      if (proof === undefined && (effect.kind !== 'rotates' || effect.byAge)) continue;
      const at = this.run.stage.done.findIndex((step) => step.actor === rotated.actor && writesSession(step));
      if (at < 0) continue;
      const { resource } = this.run.stage.done[at] as DoneStep;
      for (const { actor, operation } of this.outcomes) {
        if (actor === rotated.actor || !['reads', 'saves', 'rotates', 'begins'].includes(operation.effect.kind))
          continue;
        const own = this.provenIn(operation);
        if (proof !== undefined && own !== undefined && own >= proof) continue;
        const later = this.run.stage.done
          .slice(at)
          .filter((step) => step.actor === actor && step.resource === resource);
        if (later.some((step) => writesSession(step)))
          this.violated('I7', `${operation.label} wrote with a secret that ${rotated.operation.label} had replaced`);
      }
    }
  }

  /** What an operation proves of the session that it goes on with. */
  private provenIn({ effect, browser }: Operation): number | undefined {
    if (effect.kind === 'rotates') return effect.proves;
    const again = effect.kind === 'begins' && !effect.pending && browser === 'B';
    return again && this.run.start.get('B')?.user?.id === effect.user ? effect.proves : undefined;
  }

  /** I6: of two proofs that began together, one that proves as much as the other is not refused. */
  private checkJoined(): void {
    for (const { actor, operation, answer } of this.outcomes) {
      const own = this.provenIn(operation);
      const other = this.outcomes.find((one) => one.actor !== actor);
      const first = other && this.provenIn(other.operation);
      if (own === undefined || first === undefined || first > own || !this.calm) continue;
      if (answer?.status === 409) this.violated('I6', `${operation.label} was refused beside a proof of no more`);
    }
  }

  /** I6: whoever comes in the grace after a rotation by age is given the cookie as well: the other answer may be lost. */
  private checkGrace(): void {
    const { done } = this.run.stage;
    for (const rotated of this.outcomes) {
      const { effect } = rotated.operation;
      if (effect.kind !== 'rotates' || !effect.byAge) continue;
      const at = done.findIndex((step) => step.actor === rotated.actor && writesSession(step));
      for (const { actor, operation, answer } of this.outcomes) {
        if (at < 0 || actor === rotated.actor || !this.calm || !isHarmless(operation)) continue;
        const came = done.findIndex((step) => step.actor === actor && step.method === 'read');
        if (operation.browser === 'B' && came > at && answer?.status === 200 && answer.action.type !== 'set')
          this.violated('I6', `${operation.label} was answered in the grace without the cookie`);
      }
    }
  }

  private async checkAfterGrace(): Promise<void> {
    const rotated = this.outcomes.some(
      ({ operation: { effect }, answer }) =>
        effect.kind === 'rotates' && effect.byAge && answer?.status === 200 && answer.action.type === 'set',
    );
    if (!rotated) return;
    const [first, ...later] = await this.open(this.run.given);
    const replaced = later.some(({ by, seen, jar }) => by && seen.live && jar.token !== first?.jar.token);
    if (first && first.by === undefined && first.seen.live && replaced)
      this.violated('I7', 'a secret that was replaced by age opens the session after its grace');
  }

  /** I8: what began before all sessions of a user were ended is over. */
  private checkRevokedUsers(): void {
    for (const { actor, operation, answer } of this.outcomes) {
      const { effect } = operation;
      if (effect.kind !== 'revokes' || effect.user === undefined || answer?.status !== 200) continue;
      const { user, spares } = effect;
      const spared = spares && this.run.start.get(spares)?.handle;
      for (const token of this.live) {
        const { seen, by } = token;
        if (seen.user?.id !== user && seen.actor?.id !== user) continue;
        if (spared !== undefined && (seen.handle === spared || seen.data['life'] === spares)) continue;
        // What began after that looked at what stands against the user only then.
        if (by && by !== actor && this.beganAfter(by, actor, user)) continue;
        this.violated('I8', `${operation.label} was answered 200, and ${this.name(token)} opens a session of ${user}`);
      }
    }
    this.checkSpared();
  }

  private checkSpared(): void {
    if (!this.calm) return;
    for (const { operation, answer } of this.outcomes) {
      const { effect } = operation;
      if (effect.kind !== 'revokes' || !effect.spares || answer?.status !== 200) continue;
      const others = this.outcomes.filter(({ operation: other }) => other !== operation);
      const mayEnd = others.some(({ operation: other }) => !isHarmless(other) && !(other.effect.kind === 'rotates'));
      const { spares } = effect;
      if (!mayEnd && !this.live.some(({ browser }) => browser === spares))
        this.violated('I8', `${operation.label} ended the session that it spares`);
    }
  }

  /** Whether an operation learned what stands against a user after another one had set it. */
  private beganAfter(by: Actor, revoker: Actor, user: string): boolean {
    const { done } = this.run.stage;
    const isAbout = ({ resource, args }: DoneStep): boolean =>
      resource.endsWith(`:${user}`) || args.some((arg) => arg === user || (Array.isArray(arg) && arg.includes(user)));
    const asked = done.findLastIndex(
      (step) => step.actor === by && ['revokedBefore', 'read'].includes(step.method) && isAbout(step),
    );
    const set = done.findIndex((step) => step.actor === revoker && step.method === 'revokeBefore' && isAbout(step));
    return asked > set;
  }

  /** I2: a change that was acknowledged is there for as long as its session is. */
  private checkChanges(): void {
    const { state } = this.run.pair;
    for (const { actor, operation, answer } of this.outcomes) {
      if (operation.effect.kind !== 'saves' || answer?.status !== 200 || answer.rejected) continue;
      if (answer.handle === undefined) continue;
      for (const token of this.live) {
        const { seen } = token;
        const same = seen.handle === answer.handle || seen.data['kept'] === LIFE_B;
        const among = state === 'acting' ? seen.actor !== undefined : seen.actor === undefined;
        if (token.browser === 'B' && same && among && seen.data[actor] === undefined)
          this.violated('I2', `${operation.label} was acknowledged, and is lost in what ${this.name(token)} opens`);
      }
    }
  }

  /** I4: a change from outside reaches every session of the user that was open. */
  private checkUpdates(): void {
    for (const { operation, answer } of this.outcomes) {
      const { effect } = operation;
      if (effect.kind !== 'updates' || answer?.status !== 200) continue;
      for (const token of this.live) {
        const { seen } = token;
        if (seen.user?.id === effect.user && seen.user.role !== 0 && !this.bringsUser(effect.user))
          this.violated('I4', `${operation.label} missed what ${this.name(token)} opens`);
        if (seen.actor?.id === effect.user && seen.actor.role !== 0 && !this.bringsUser(effect.user))
          this.violated('I4', `${operation.label} missed the values that wait behind ${this.name(token)}`);
      }
    }
  }

  /** A login or an impersonation that begins brings the user along that the application has loaded. */
  private bringsUser(user: string): boolean {
    return this.outcomes.some(
      ({ operation: { effect } }) =>
        (effect.kind === 'begins' && effect.user === user) || (effect.kind === 'rotates' && effect.actsAs === user),
    );
  }

  /** I9: nobody is given a secret that stands for more than was proven. */
  private checkEntitlement(): void {
    for (const token of this.live) {
      if (!token.by) continue;
      const { seen } = token;
      const { effect, label } = this.run.operation(token.by);
      const proven = 'proves' in effect ? (effect.proves ?? 1) : 1;
      if ((seen.aal ?? 1) > proven) this.violated('I9', `${label} was given a session of level ${String(seen.aal)}`);
      const before = this.run.start.get(token.browser);
      if (effect.kind !== 'begins' && seen.user && !before?.user)
        this.violated('I9', `${label} was given a session of ${seen.user.id} without a login`);
      const actsAlready = before?.actor !== undefined;
      const mayAct = effect.kind === 'rotates' && effect.actsAs !== undefined;
      if (seen.actor && !actsAlready && !mayAct) this.violated('I9', `${label} was given an impersonation`);
    }
    const completed = this.outcomes.filter(
      ({ operation, answer }) => operation.label === 'completeLogin' && answer?.status === 200,
    );
    if (completed.length > 1) this.violated('I9', 'a pending login was completed twice');
  }

  /** I5: lists are complete and say nothing else, and limits hold. */
  private async checkLists(): Promise<void> {
    const { world, pair } = this.run;
    const { registry, engine } = world.lookingProcess;
    if (!engine.directory) return;
    const { maxSessionsPerUser } = Object.assign({}, ...pair.operations.map(({ shared }) => shared)) as {
      maxSessionsPerUser?: number;
    };
    for (const user of USERS) {
      const listed = (await registry.list(user)).map(({ handle }) => handle);
      const of = this.live.filter(({ seen }) => seen.user?.id === user || seen.actor?.id === user);
      for (const token of of)
        if (!listed.includes(token.seen.handle ?? ''))
          this.violated('I5', `what ${this.name(token)} opens is not in the list of ${user}`);
      const orphans = listed.filter((handle) => !of.some(({ seen }) => seen.handle === handle));
      if (this.calm && orphans.length > 0)
        this.violated('I5', `a session of which no cookie was given is in the list of ${user}`);
      const own = this.live.filter(({ seen }) => (seen.actor ?? seen.user)?.id === user);
      const handles = new Set(own.map(({ seen }) => seen.handle));
      if (maxSessionsPerUser !== undefined && handles.size > maxSessionsPerUser)
        this.violated('I5', `${handles.size} sessions of ${user} are live, and ${maxSessionsPerUser} may be`);
    }
  }

  /** I6: in whatever order the answers arrive, the browser is left with a live cookie of its login. */
  private checkBrowser(): void {
    const answers = this.outcomes.filter(({ operation, answer }) => operation.browser === 'B' && answer);
    const cookies = answers.filter(({ answer }) => answer?.action.type === 'set' || answer?.action.type === 'clear');
    this.checkArrival(cookies);
    if (cookies.length < 2) return;
    this.checkArrival(cookies.toReversed());
    for (const lost of cookies)
      for (const left of cookies) if (left !== lost && standsFor(left, lost)) this.checkArrival([left], true);
  }

  private checkArrival(cookies: readonly Outcome[], lost = false): void {
    const start = this.run.start.get('B') ?? NOTHING;
    const jar = cookies.reduce<Jar>(
      (had, { answer }) => (answer ? received(had, answer.action) : had),
      this.run.jars.B,
    );
    const seen = this.opened.find(({ jar: { token } }) => token === jar.token)?.seen ?? NOTHING;
    const after =
      cookies.length === 0
        ? 'no cookie arrives'
        : `${cookies.map(({ operation, actor }) => `${operation.label}${this.twin(actor)}`).join(', then ')} ${cookies.length > 1 ? 'arrive' : 'arrives'}`;
    const when = lost ? `${after}, and the other answer is lost` : after;
    const best = this.live.find(({ browser, seen: { user } }) => browser === 'B' && user);
    const asked = this.outcomes.filter(
      ({ operation: { effect, browser } }) => browser === 'B' && effect.kind !== 'reads',
    );
    const signedIn = asked.some(
      ({ operation: { effect }, answer }) =>
        effect.kind === 'begins' && answer?.status === 200 && cookies.some((c) => c.answer === answer),
    );
    if (!seen.live) {
      if (best)
        this.violated(
          'I6',
          `${jar.token === undefined ? 'no cookie' : 'a dead cookie'} is left, and a session is live: ${when}`,
        );
      else if (start.live && !this.mayHaveEnded()) this.violated('I6', `nothing is left of the session: ${when}`);
      else if (jar.token !== undefined && !start.live && !this.mayHaveEnded())
        this.violated('I6', `a dead cookie is left: ${when}`);
    } else if (!seen.user && !seen.pending && (signedIn || best)) {
      this.violated('I6', `an anonymous cookie is left beside a login: ${when}`);
    } else if (!seen.user && seen.pending && best) this.violated('I6', `a half login is left beside a login: ${when}`);
  }

  /** Tells which of two like operations it was, where that matters: the first one to be done is the first. */
  private twin(actor: Actor): string {
    const [a, b] = this.run.pair.operations;
    if (a.label !== b.label) return '';
    return actor === this.firstDone ? ' (first)' : ' (second)';
  }

  /** Whose last write came first. */
  private get firstDone(): Actor | undefined {
    return this.run.stage.done.find(({ reads, reply }) => !reads && isSuccess(reply))?.actor as Actor | undefined;
  }

  /** Whether something of the pair has ended sessions of the browser, and said so. */
  private mayHaveEnded(): boolean {
    return this.outcomes.some(({ operation: { effect, browser }, answer }) => {
      if ((!answer || answer.status === 200) && effect.kind === 'signs-out') return true;
      // Its store did its work, and the reply was lost: the same as a lost answer (residual R4).
      if (answer?.status === 503 && ['rotates', 'begins', 'signs-out'].includes(effect.kind)) return true;
      if (effect.kind === 'revokes') return effect.spares !== 'B';
      // It makes room for itself.
      return browser === 'E' || (answer === undefined && !this.calm);
    });
  }

  /** I4 and I2 of the session that waits behind an impersonation. */
  private async checkSuspended(): Promise<void> {
    const done = new Set<string | undefined>();
    for (const token of this.live) {
      const { seen } = token;
      if (!seen.actor || done.has(seen.handle)) continue;
      done.add(seen.handle);
      let back: Record<string, unknown> = {};
      const { status } = await this.run.world.lookingProcess.request(token.jar, async ({ service }) => {
        await service.stopImpersonating();
        back = { ...(service.current as unknown as Record<string, unknown>) };
      });
      // Another request may have ended all sessions meanwhile: that is looked at elsewhere.
      if (status !== 200) continue;
      for (const { actor, operation, answer } of this.outcomes) {
        if (this.run.pair.state === 'acting' || operation.effect.kind !== 'saves') continue;
        if (answer?.status !== 200 || answer.rejected || answer.handle === undefined) continue;
        if (back[actor] === undefined && seen.data[actor] === undefined)
          this.violated('I2', `${operation.label} was acknowledged, and is lost behind ${this.name(token)}`);
      }
      if (idOf(back['user']) !== seen.actor.id) this.violated('I6', `nobody comes back behind ${this.name(token)}`);
    }
  }
}

/**
 * Whether one answer must do where another one with a cookie is lost: it proves as much in the same session, or the other
 * one proves nothing. Otherwise the lost answer was the only one that may carry the cookie (residual R4).
 */
function standsFor(left: Outcome, lost: Outcome): boolean {
  const [a, b] = [left.operation.effect, lost.operation.effect];
  if (b.kind === 'reads' || b.kind === 'saves') return true;
  if (b.kind !== 'rotates') return false;
  if (b.byAge) return a.kind === 'reads' || a.kind === 'saves' || (a.kind === 'rotates' && a.byAge === true);
  return a.kind === 'rotates' && a.proves !== undefined && b.proves !== undefined && a.proves >= b.proves;
}

/** A step that has written a session, and not the end of one. */
const writesSession = ({ method, args, reply }: DoneStep): boolean =>
  method === 'save' && isSuccess(reply) && (args[1] as { kind?: string }).kind !== 'tombstone';

const isSuccess = (reply: unknown): boolean =>
  reply !== undefined &&
  (typeof reply !== 'object' || reply === null || !('status' in reply) || reply.status === 'saved');

export type { Browser };
