import { OpenCircuit } from './open-circuit.js';
import { SharedTimeout, type Asked, type Failures } from './shared-timeout.js';

/** What a guard has to know of the store that it stands in front of. */
export interface GuardedStore {
  /** What the store is asked so that it shows whether it answers again. It must settle, or {@link onStuck} end it. */
  probe(part: string, about: string | undefined): Promise<unknown>;
  /** What is told of a command that is not sent, because the store does not answer. */
  refused(part: string): Error;
  /** What is told of a command that failed, or was late: then the error is a `LateAnswer`. */
  failed(error: unknown, about: string | undefined): Error;
  /** Whether it shows that other commands would fare no better. @param lasted milliseconds */
  isOutage(error: unknown, lasted: number): boolean;
  /** Whether the error of a probe is an answer all the same. @default none is */
  isAnswer?(error: unknown): boolean;
  /** Whether there is anything to probe. @default always */
  canProbe?(): boolean;
  /** There was no answer for seconds on an open connection. */
  onStuck?(): void;
}

/** How long (ms) is waited. */
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
 * Stands in front of a store and lets nobody wait for long: every command is bounded in time, and one that shows that
 * the store is out of order opens a circuit. Commands are then refused at once, and probes close it as soon as the store
 * answers. What fails together is a part, such as a master of a Cluster, or the writes to a file.
 *
 * Only time in which this process was awake counts against a store.
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
   * @param part undefined if it belongs to none, and shows nothing about any
   * @param about is handed to the store's own methods
   * @param counts false for what runs in the background: it opens no circuit
   */
  run<T>(part: string | undefined, about: string | undefined, command: () => Promise<T>, counts = true): Promise<T> {
    if (part !== undefined && this.isOpen(part)) return Promise.reject(this.store.refused(part));
    return this.waits.run(command, this, part, about, counts);
  }

  /** As {@link run}, for what has its answer at once, and bounds its wait itself. */
  runNow<T>(part: string, operation: () => T): T {
    if (this.isOpen(part)) throw this.store.refused(part);
    try {
      return operation();
    } catch (error) {
      if (this.store.isOutage(error, 0)) this.open(part);
      throw this.store.failed(error, undefined);
    }
  }

  /** Whether commands of a part are refused. */
  isOpen(part: string): boolean {
    return this.circuits.size > 0 && this.circuits.has(part);
  }

  /**
   * Refuses the commands of a part from now on, until a probe is answered.
   * @param probeNow false to believe for the time between two probes that the store is away
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

  /** Refuses nothing any more: the store has answered, or is closed. */
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
