/** Runs operations in order, even if they are not awaited. */
export class Serial {
  private tail: Promise<unknown> | undefined;

  /** @param onError is called for every error, even of operations that are not awaited */
  constructor(private readonly onError: (error: unknown) => void) {}

  /** Whether an operation is under way. */
  get busy(): boolean {
    return this.tail !== undefined;
  }

  run<T>(operation: () => T | Promise<T>): Promise<T> {
    const result = (this.tail ?? Promise.resolve()).then(operation);
    const tail: Promise<unknown> = result.then(undefined, this.onError).then(() => {
      if (this.tail === tail) this.tail = undefined;
    });
    this.tail = tail;
    return result;
  }
}
