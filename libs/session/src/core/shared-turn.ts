// Taken at load time, so that fake timers of a test do not delay requests.
const { setImmediate } = globalThis;

/** Fewer requests than this in one turn of the event loop gain nothing by waiting for each other. */
const CROWD = 4;
/** After this many requests that did not wait, their number is checked again. */
const SAMPLE = 64;

/**
 * Lets requests that arrive together continue together. In a busy process, a request that is answered as soon as it is
 * read costs a third more than one that waits for those that arrived with it, because their reads and writes are then
 * batched. Stores on a server wait anyway; stores in memory take such a turn while many requests arrive.
 */
export class SharedTurn {
  private turn: Promise<void> | undefined;
  private came = 0;
  private crowd = 0;
  private alone = 0;
  private looks = 0;

  /** @returns undefined if there is nothing to wait for */
  take(): Promise<void> | undefined {
    if (this.turn) {
      this.came++;
      return this.turn;
    }
    if (this.crowd < CROWD && this.looks === 0) {
      if (++this.alone < SAMPLE) return undefined;
      this.alone = 0;
      // The first sample may begin with the last request of a burst.
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

/** Shared by all stores in this process that answer from memory. */
export const sharedTurn = new SharedTurn();
