import { OpenCircuit } from './open-circuit.js';
import { SharedTimeout, type Asked, type Failures } from './shared-timeout.js';

/** What a guard needs from its store. */
export interface GuardedStore {
  /** Asks whether the store answers again. Must settle, or be ended by {@link onStuck}. */
  probe(part: string, about: string | undefined): Promise<unknown>;
  /** The error of a command that is not sent, because the store does not answer. */
  refused(part: string): Error;
  /** The error of a command that failed. After the timeout, `error` is a `LateAnswer`. */
  failed(error: unknown, about: string | undefined): Error;
  /** Whether other commands would fail too. @param lasted milliseconds */
  isOutage(error: unknown, lasted: number): boolean;
  /** Whether an error of a probe counts as an answer. @default none does */
  isAnswer?(error: unknown): boolean;
  /** Whether there is anything to probe. @default always */
  canProbe?(): boolean;
  /** There was no answer for seconds on an open connection. */
  onStuck?(): void;
}

/** Times in milliseconds. */
export interface GuardTimes {
  /** For one command. */
  readonly timeout: number;
  /** Between two probes. */
  readonly probeEvery: number;
}

const yes = (): boolean => true;
const no = (): boolean => false;
const nothing = (): void => {};

/**
 * A circuit breaker in front of a store. Every command has a timeout, and one that shows an outage opens a circuit: further
 * commands are refused at once, and probes close the circuit as soon as the store answers. A part is what fails together,
 * such as a master of a Cluster, or the writes to a file.
 *
 * Time in which this process was stopped or busy does not count for a timeout.
 */
export class OutageGuard implements Failures {
  private readonly circuits = new Map<string, OpenCircuit>();
  private readonly waits: SharedTimeout;

  constructor(
    private readonly store: GuardedStore,
    private readonly times: GuardTimes,
  ) {
    this.waits = new SharedTimeout(times.timeout);
  }

  /**
   * Runs one command.
   * @param part undefined if it belongs to no part and says nothing about any
   * @param about is passed to the methods of the store
   * @param counts false for work in the background, which opens no circuit
   */
  run<T>(part: string | undefined, about: string | undefined, command: () => Promise<T>, counts = true): Promise<T> {
    if (part !== undefined && this.isOpen(part)) return Promise.reject(this.store.refused(part));
    return this.waits.run(command, this, part, about, counts);
  }

  /** As {@link run}, for a synchronous operation that bounds its own time. */
  runNow<T>(part: string, operation: () => T): T {
    if (this.isOpen(part)) throw this.store.refused(part);
    try {
      return operation();
    } catch (error) {
      if (this.store.isOutage(error, 0)) this.open(part);
      throw this.store.failed(error, undefined);
    }
  }

  /** Whether the circuit of a part is open. */
  isOpen(part: string): boolean {
    return this.circuits.size > 0 && this.circuits.has(part);
  }

  /**
   * Refuses the commands of a part from now on, until a probe is answered.
   * @param probeNow false to wait for the time between two probes before the first one
   */
  open(part: string, about?: string, probeNow = true): void {
    if (this.isOpen(part)) return;
    const { store } = this;
    const circuit = new OpenCircuit(
      {
        probe: () => store.probe(part, about),
        isAnswer: store.isAnswer?.bind(store) ?? no,
        connected: store.canProbe?.bind(store) ?? yes,
        onStuck: store.onStuck?.bind(store) ?? nothing,
        onAnswer: () => {
          circuit.close();
          if (this.circuits.get(part) === circuit) this.circuits.delete(part);
        },
      },
      this.times.probeEvery,
    );
    this.circuits.set(part, circuit);
    circuit.begin(probeNow);
  }

  /** Closes all circuits: the store has answered, or is closed. */
  reset(): void {
    for (const circuit of this.circuits.values()) circuit.close();
    this.circuits.clear();
  }

  /** A command failed: see {@link Failures}. */
  failed(error: unknown, command: Asked): Error {
    const { part, about, counts } = command;
    if (counts && part !== undefined && this.store.isOutage(error, this.waits.lasted(command))) this.open(part, about);
    return this.store.failed(error, about);
  }
}
