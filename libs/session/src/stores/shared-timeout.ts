/** No answer came in time. */
export class LateAnswer extends Error {
  /** @param timeout milliseconds */
  constructor(readonly timeout: number) {
    super(`did not answer within ${timeout} ms`);
  }
}

/** One of many things that are waited for, in the order in which they began. */
export abstract class Wait {
  /** The turn of the timer in which it began, and the one at which it is late. */
  begun = 0;
  due = 0;
  earlier: Wait | undefined;
  later: Wait | undefined;
  over = false;

  /** Is called if it takes too long. */
  abstract late(timeout: number): void;
}

/** What becomes of errors. One object for all commands, so that none needs a function of its own. */
export interface Failures {
  /** @returns what the caller is told */
  failed(error: unknown, command: Asked): Error;
}

/** A command that is waited for. */
export class Asked extends Wait {
  /**
   * @param part what fails together with it
   * @param about what it asks for, as {@link Failures} may want to know
   * @param counts whether its lateness says something about others
   */
  constructor(
    private readonly reject: (error: Error) => void,
    private readonly failures: Failures,
    readonly part: string | undefined,
    readonly about: string | undefined,
    readonly counts: boolean,
  ) {
    super();
  }

  override late(timeout: number): void {
    this.reject(this.failures.failed(new LateAnswer(timeout), this));
  }
}

/** A wait for what comes by an event. */
export class Patience extends Wait {
  constructor(private readonly then: () => void) {
    super();
  }

  override late(): void {
    this.then();
  }
}

/** A wait takes so many turns of the timer: fewer where they would be short, because each may be late by a moment. */
const [FEWEST, MOST, SHORT] = [3, 10, 50];

/**
 * Bounds many waits of one length with one timer: a timer for each command would cost more than the rest of what is
 * done about it.
 *
 * Time is counted in turns of that timer, three to ten of them, each of which ends by reading what has arrived.
 * So only the time counts in which this process was awake: however long it computes or is stopped, that is one turn,
 * and what is pending keeps the others. Without a pause a wait ends after its length and at most one turn more.
 */
export class SharedTimeout {
  private readonly turns: number;
  private readonly step: number;
  private turn = 0;
  private first: Wait | undefined;
  private last: Wait | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param length milliseconds */
  constructor(private readonly length: number) {
    this.turns = Math.min(Math.max(FEWEST, Math.floor(length / SHORT)), MOST);
    this.step = Math.max(1, Math.ceil(length / this.turns));
  }

  /** The answer of a command, or a {@link LateAnswer}. Every command goes through here: one promise and no timer. */
  run<T>(command: () => Promise<T>, failures: Failures, part?: string, about?: string, counts = true): Promise<T> {
    return new Promise((resolve, reject) => {
      const answering = command();
      const wait = new Asked(reject, failures, part, about, counts);
      this.begin(wait);
      answering.then(
        (answer) => this.end(wait) && resolve(answer),
        (error: unknown) => this.end(wait) && reject(failures.failed(error, wait)),
      );
    });
  }

  /** {@link Wait.late} is called after the length, unless the wait has ended before. */
  begin(wait: Wait): void {
    wait.begun = this.turn;
    // The turn under way is a part of one.
    wait.due = this.turn + this.turns + (this.timer ? 1 : 0);
    wait.earlier = this.last;
    if (this.last) this.last.later = wait;
    else this.first = wait;
    this.last = wait;
    this.timer ??= setTimeout(this.read, this.step).unref();
  }

  /** @returns false if it had ended already, or was late */
  end(wait: Wait): boolean {
    if (wait.over) return false;
    wait.over = true;
    const { earlier, later } = wait;
    if (earlier) earlier.later = later;
    else this.first = later;
    if (later) later.earlier = earlier;
    else this.last = earlier;
    return true;
  }

  /** How long (ms) a wait has lasted, without what this process was not awake for. */
  lasted(wait: Wait): number {
    return (this.turn - wait.begun) * this.step;
  }

  // What arrived while this process was busy is read before anything is called late.
  private readonly read = (): void => void setImmediate(this.expire);

  private readonly expire = (): void => {
    this.turn++;
    const late: Wait[] = [];
    while (this.first && this.first.due <= this.turn) {
      late.push(this.first);
      this.end(this.first);
    }
    this.timer = this.first && setTimeout(this.read, this.step).unref();
    for (const wait of late) wait.late(this.length);
  };
}
