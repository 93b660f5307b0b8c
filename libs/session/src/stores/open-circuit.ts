/** What a circuit needs from its store. */
export interface CircuitHooks {
  /** Sends the cheapest command there is. Resolves if there is an answer. One probe runs at a time. */
  probe(): Promise<unknown>;
  /** Whether an error of a probe counts as an answer. */
  isAnswer(error: unknown): boolean;
  /** An answer came: commands may be sent again. */
  onAnswer(): void;
  /** Whether there is a connection to probe. Without one, its return closes the circuit. */
  connected(): boolean;
  /** There was no answer for too long on an open connection. */
  onStuck(): void;
}

/** After this time (ms) without an answer, an open connection is given up. */
const STUCK_AFTER = 3000;

/** Exists while a store does not answer, and probes it until it does. */
export class OpenCircuit {
  private timer: NodeJS.Timeout | undefined;
  private probing = false;
  private silent = 0;

  /** @param every milliseconds between two probes */
  constructor(
    private readonly hooks: CircuitHooks,
    private readonly every: number,
  ) {}

  /** @param atOnce whether to send the first probe now: perhaps only one command failed */
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
    // Counted in probes, not by a clock: time in which this process was stopped must not count.
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
