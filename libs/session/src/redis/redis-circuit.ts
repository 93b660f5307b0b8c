import { isReply } from './redis-errors.js';

/** A probe is sent at most this often, in milliseconds. */
const PROBE_INTERVAL = 200;
/** After so many milliseconds without any answer on an open connection, the connection itself is given up. */
const STUCK_AFTER = 3000;

/** What a circuit needs to know and do. */
export interface CircuitHooks {
  /** Whether there is a connection to probe; without one its return closes the circuit. */
  connected(): boolean;
  probe(): Promise<unknown>;
  /** An answer came: commands may be sent again. */
  onAnswer(): void;
  onStuck(): void;
}

/** Lives while Redis does not answer, and asks it, one probe at a time, until it does. */
export class OpenCircuit {
  private readonly timer: NodeJS.Timeout;
  private probing = false;
  private silentSince = performance.now();

  constructor(private readonly hooks: CircuitHooks) {
    this.timer = setInterval(() => this.tick(), PROBE_INTERVAL).unref();
    this.tick();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    if (!this.hooks.connected()) {
      this.silentSince = performance.now();
      return;
    }
    if (performance.now() - this.silentSince > STUCK_AFTER) {
      this.silentSince = performance.now();
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
      if (isReply(error)) this.hooks.onAnswer();
    } finally {
      this.probing = false;
    }
  }
}
