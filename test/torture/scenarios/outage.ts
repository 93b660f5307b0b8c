import { brokenBy, type Figures } from '../figures.js';
import { Load, type Sent } from '../load.js';
import { sleep } from '../pool.js';
import type { Fleet, Target } from '../target.js';
import { readBack } from './read-back.js';

/** No answer may take longer (ms). */
const LIMIT = 1000;
/** Every request that is sent later than this after the return of the store gets what it asks for (ms). */
const RECOVERY = 1000;
/** So long after the return of the store a change that was acknowledged can be read, at the latest (ms). */
const READABLE = 10_000;
const BEFORE = 800;

/** How much time everything gets (ms). */
export interface Pace {
  /** How long the store is away: longer than an answer may take, or nobody would notice one that waits for it. */
  readonly away: number;
  /** How long the load goes on after its return. */
  readonly after: number;
  /** What a busy machine adds to a timer and to an answer on its way. */
  readonly slack: number;
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  /** Requests per second while it lasts. */
  readonly rate?: number;
  begin(): Promise<void> | void;
  /** Milliseconds between both. */
  readonly lasts: number;
  /** Resolves when the store serves again. */
  end(): Promise<void> | void;
  /**
   * Whether Redis itself still has what it acknowledged to the server at that time, under that key. Left out if it
   * loses nothing.
   */
  keeps?(write: { readonly key: string; readonly at: number; readonly done: number }, times: Times): boolean;
  /** Whether the session under that key cannot be reached while it lasts. Left out if none can. */
  affects?(key: string): boolean;
}

/** When a fault began and ended, by `performance.now()`. */
export interface Times {
  readonly began: number;
  readonly begun: number;
  readonly returned: number;
}

/** A fault under load. */
export async function outage(target: Target, fleet: Fleet, fault: Fault, pace: Pace): Promise<Figures> {
  const load = await Load.start(fleet, fault.rate ?? 60);
  await sleep(BEFORE);
  const began = performance.now();
  await fault.begin();
  const begun = performance.now();
  await sleep(fault.lasts);
  await fault.end();
  const times: Times = { began, begun, returned: performance.now() };
  await sleep(pace.after);
  await load.stop();
  const { sent } = load;

  const judge = new Judge(target, fault, times, load, pace.slack);
  const kept = sent.filter((one) => judge.keeps(one));
  const { lost, unread } = await readBack(fleet, kept, times.returned + READABLE);
  const refused = sent.filter(({ answer }) => answer.status === 503);
  const needless = sent.filter((one) => !judge.allows(one));
  const untouched = sent.filter(({ operation, answer }) => !needsSession(operation) && answer.status !== 200);
  const silent = refused.filter(({ answer }) => answer.retryAfter === undefined || answer.cookie !== undefined);
  const wrong = new Set([...needless, ...untouched, ...silent]).size;
  const late = sent.filter((one) => judge.isLate(one)).length;
  const back = judge.recovery(sent);
  return {
    scenario: fault.name,
    tries: sent.length,
    lost,
    wrong,
    late,
    worst: Math.max(...sent.map(({ answer }) => answer.took)),
    back,
    note: `${refused.length} times 503`,
    broken: brokenBy({
      'acknowledged and not saved': lost,
      [`acknowledged and not to be read in ${READABLE} ms`]: unread,
      'answers that are neither right nor a due 503': needless.length,
      'errors on routes that use no session': untouched.length,
      '503 without Retry-After, or with a cookie': silent.length,
      [`answers later than ${LIMIT} ms (and ${pace.slack} ms for measuring)`]: late,
      [`milliseconds over ${RECOVERY} until all worked again`]: Math.max(0, Math.round(back - RECOVERY - pace.slack)),
    }),
  };
}

const needsSession = (operation: Sent['operation']): boolean => operation !== 'plain' && operation !== 'health';

/** Knows what an answer may be at its time. */
class Judge {
  constructor(
    private readonly target: Target,
    private readonly fault: Fault,
    private readonly times: Times,
    private readonly load: Load,
    private readonly slack: number,
  ) {}

  isLate({ answer }: Sent): boolean {
    return answer.took > LIMIT + this.slack;
  }

  /** Whether Redis itself still has what this request wrote. */
  keeps({ cookie, at, answer }: Pick<Sent, 'cookie' | 'at' | 'answer'>): boolean {
    const { fault, times, target } = this;
    if (fault.keeps === undefined) return true;
    return cookie !== undefined && fault.keeps({ key: target.keyOf(cookie), at, done: at + answer.took }, times);
  }

  allows(one: Sent): boolean {
    const { operation, answer, at } = one;
    if (!needsSession(operation) || answer.status === 200) return true;
    if (operation === 'read' && answer.status === 401) return !this.isSignedIn(one);
    const during = at + answer.took > this.times.began && at < this.times.returned + RECOVERY + this.slack;
    return answer.status === 503 && during && this.isAffected(one);
  }

  /** How long after the return of the store the last request was sent that did not get what it asked for. */
  recovery(sent: readonly Sent[]): number {
    const { returned } = this.times;
    const failed = sent.filter(
      (one) => one.at > returned && needsSession(one.operation) && (this.isLate(one) || !this.isServed(one)),
    );
    return Math.max(0, ...failed.map((one) => (this.isLate(one) ? one.at + one.answer.took : one.at) - returned));
  }

  private isServed(one: Sent): boolean {
    return one.answer.status === 200 || (one.answer.status === 401 && !this.isSignedIn(one));
  }

  /** Whether the login of the cookie that was sent is one that Redis has kept. */
  private isSignedIn({ sentCookie }: Sent): boolean {
    const signedIn = sentCookie === undefined ? undefined : this.load.logins.get(sentCookie);
    return signedIn !== undefined && this.keeps({ cookie: sentCookie, ...signedIn });
  }

  private isAffected({ sentCookie }: Sent): boolean {
    const { affects } = this.fault;
    // A login gets an id that nobody can foresee.
    return affects === undefined || sentCookie === undefined || affects(this.target.keyOf(sentCookie));
  }
}
