/** The hooks of the gate. */
export interface ResponseHooks<Outcome> {
  /** Before the first byte. A promise holds the response; any other result opens the gate at once. May throw. */
  commit(): Outcome | Promise<Outcome>;
  /** The commit is done and headers can still be set. */
  committed(outcome: Outcome): void;
  /** The commit failed: sets status and headers of an error response. @returns its body */
  failed(error: unknown): string;
  /** The response has begun and ends now. A promise delays its end. */
  end(): undefined | Promise<void>;
  /** Something failed when it was too late for another response. */
  lost(error: unknown): void;
}
