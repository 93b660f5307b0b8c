/** No answer came in time. */
export class LateAnswer extends Error {
  /** @param timeout milliseconds */
  constructor(readonly timeout: number) {
    super(`did not answer within ${timeout} ms`);
  }
}

/** One of many waits, in the order in which they began. */
export abstract class Wait {
  /** The turns of the timer in which it began, and in which it times out. */
  begun = 0;
  due = 0;
  earlier: Wait | undefined;
  later: Wait | undefined;
  over = false;

  /** Called if it takes too long. */
  abstract late(timeout: number): void;
}

/** Handles errors. One object for all commands, so that no command needs a closure. */
export interface Failures {
  /** @returns the error for the caller */
  failed(error: unknown, command: Asked): Error;
}

/** A command that is waited for. */
export class Asked extends Wait {
  /**
   * @param part what fails together with it
   * @param about what it asks for, passed to {@link Failures}
   * @param counts whether its timeout says something about other commands
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

/** A wait for an event. */
export class Patience extends Wait {
  constructor(private readonly then: () => void) {
    super();
  }

  override late(): void {
    this.then();
  }
}

/** A wait takes this many turns of the timer; fewer where a turn would be shorter than MIN_TURN (ms), as timers are late. */
const [MIN_TURNS, MAX_TURNS, MIN_TURN] = [3, 10, 50];

/**
 * One timer for many waits of the same length: a timer for each command would cost more than everything else about it.
 *
 * Time is counted in three to ten turns of the timer, and each turn ends by reading what has arrived. However long this
 * process is busy or stopped, that counts as one turn, so pending waits keep the others. Without a pause, a wait ends after
 * its length and at most one turn more.
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
    this.turns = Math.min(Math.max(MIN_TURNS, Math.floor(length / MIN_TURN)), MAX_TURNS);
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
    // The current turn has partly passed.
    wait.due = this.turn + this.turns + (this.timer ? 1 : 0);
    wait.earlier = this.last;
    if (this.last) this.last.later = wait;
    else this.first = wait;
    this.last = wait;
    this.timer ??= setTimeout(this.read, this.step).unref();
  }

  /** @returns false if it had ended or timed out already */
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

  /** How long (ms) a wait has lasted, without pauses of this process. */
  lasted(wait: Wait): number {
    return (this.turn - wait.begun) * this.step;
  }

  // Answers that arrived while this process was busy are read before any wait times out.
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
