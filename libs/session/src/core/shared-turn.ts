// Taken now: the timers of a test must not hold requests back.
const { setImmediate } = globalThis;

/** Fewer than this in one turn of the event loop gain nothing by waiting for each other. */
const CROWD = 4;
/** Of those that need not wait, so many go by before it is looked again how many there are. */
const SAMPLE = 64;

/**
 * Lets what comes together go on together. A request that is answered the moment it is read costs a busy process a
 * third more than one that waits for those that arrived with it, because reads and writes are then done in one go. A
 * store that asks a server waits anyway; what answers from memory takes such a turn, when there is a crowd.
 */
export class SharedTurn {
  private turn: Promise<void> | undefined;
  private came = 0;
  private crowd = 0;
  private alone = 0;
  private looks = 0;

  /** @returns undefined if there is nobody to wait for */
  take(): Promise<void> | undefined {
    if (this.turn) {
      this.came++;
      return this.turn;
    }
    if (this.crowd < CROWD && this.looks === 0) {
      if (++this.alone < SAMPLE) return undefined;
      this.alone = 0;
      // The first look may begin with the last one of a crowd.
      this.looks = 2;
    }
    if (this.looks > 0) this.looks--;
    this.came = 1;
    this.turn = new Promise((resolve) => {
      setImmediate(() => {
        this.crowd = this.came;
        this.turn = undefined;
        resolve();
      });
    });
    return this.turn;
  }
}

/** Of everything in this process that answers from memory. */
export const sharedTurn = new SharedTurn();
