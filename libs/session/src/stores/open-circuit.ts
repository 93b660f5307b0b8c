/** What a circuit needs to know and do. */
export interface CircuitHooks {
  /** Asks as little as can be. Resolves if there is an answer; one probe at a time. */
  probe(): Promise<unknown>;
  /** Whether the error of a probe is an answer all the same. */
  isAnswer(error: unknown): boolean;
  /** An answer came: commands may be sent again. */
  onAnswer(): void;
  /** Whether there is anything to probe; without a connection its return closes the circuit. */
  connected(): boolean;
  /** There was no answer for too long on an open connection. */
  onStuck(): void;
}

/** After so many milliseconds without any answer on an open connection, the connection itself is given up. */
const STUCK_AFTER = 3000;

/** Lives while a store does not answer, and asks it, one probe at a time, until it does. */
export class OpenCircuit {
  private timer: NodeJS.Timeout | undefined;
  private probing = false;
  private silent = 0;

  /** @param every milliseconds between two probes */
  constructor(
    private readonly hooks: CircuitHooks,
    private readonly every: number,
  ) {}

  /** @param atOnce whether the first probe is sent now: what failed may have been one command alone */
  begin(atOnce: boolean): void {
    this.timer = setInterval(() => this.tick(), this.every).unref();
    if (atOnce) this.tick();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    if (!this.hooks.connected()) {
      this.silent = 0;
      return;
    }
    // Counted in probes and not by a clock: while this process is stopped, nobody is silent.
    if (this.silent++ * this.every > STUCK_AFTER) {
      this.silent = 0;
      this.hooks.onStuck();
    } else if (!this.probing) {
      void this.ask();
    }
  }

  private async ask(): Promise<void> {
    this.probing = true;
    try {
      await this.hooks.probe();
      this.hooks.onAnswer();
    } catch (error) {
      if (this.hooks.isAnswer(error)) this.hooks.onAnswer();
    } finally {
      this.probing = false;
    }
  }
}
