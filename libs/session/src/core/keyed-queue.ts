/** Runs the tasks of one key in order, and those of different keys in parallel. An idle key costs nothing. */
export class KeyedQueue<Carried> {
  private readonly lanes = new Map<string, { tail: Promise<unknown>; carried: Carried | undefined }>();

  /**
   * @param task gets what the previous task of the key passed on, and may pass something on itself
   */
  run<T>(
    key: string,
    task: (carried: Carried | undefined, carry: (value: Carried | undefined) => void) => Promise<T>,
  ): Promise<T> {
    const lane = this.lanes.get(key) ?? { tail: Promise.resolve(), carried: undefined };
    const result = lane.tail.then(() => task(lane.carried, (value) => (lane.carried = value)));
    const tail = result.then(noop, noop).then(() => {
      if (lane.tail === tail) this.lanes.delete(key);
    });
    lane.tail = tail;
    this.lanes.set(key, lane);
    return result;
  }
}

const noop = () => undefined;
