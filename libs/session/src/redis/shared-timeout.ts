import { CommandTimeout } from './redis-errors.js';

/** One of many things that are waited for, in the order in which they began. */
export interface Wait {
  readonly due: number;
  /** Is called if it takes too long. */
  readonly late: () => void;
  earlier: Wait | undefined;
  later: Wait | undefined;
  over: boolean;
}

/**
 * Bounds many waits of one length with one timer: a timer for each command would cost more than the rest of what is
 * done about it.
 */
export class SharedTimeout {
  private first: Wait | undefined;
  private last: Wait | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param length milliseconds */
  constructor(private readonly length: number) {}

  /**
   * The answer of a command, or a {@link CommandTimeout}. Every command goes through here, so it makes one promise and no
   * timer.
   * @param failed what becomes of an error
   */
  run<T>(command: () => Promise<T>, failed: (error: unknown) => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const answering = command();
      const wait = this.begin(() => reject(failed(new CommandTimeout(this.length))));
      answering.then(
        (answer) => this.end(wait) && resolve(answer),
        (error: unknown) => this.end(wait) && reject(failed(error)),
      );
    });
  }

  /** @param late is called after the length, unless the wait has ended before */
  begin(late: () => void): Wait {
    const wait: Wait = {
      due: performance.now() + this.length,
      late,
      earlier: this.last,
      later: undefined,
      over: false,
    };
    if (this.last) this.last.later = wait;
    else this.first = wait;
    this.last = wait;
    this.timer ??= setTimeout(this.expire, this.length).unref();
    return wait;
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

  private readonly expire = (): void => {
    // What arrived while this process was busy is read before anything is called late.
    setImmediate(() => {
      const now = performance.now();
      const late: Wait[] = [];
      while (this.first && this.first.due <= now) {
        late.push(this.first);
        this.end(this.first);
      }
      this.timer = this.first && setTimeout(this.expire, Math.max(1, this.first.due - now)).unref();
      for (const wait of late) wait.late();
    });
  };
}
