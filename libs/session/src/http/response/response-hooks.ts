/** What happens at the gate. */
export interface ResponseHooks<Outcome> {
  /** Before the first byte. A plain answer opens the gate at once; a promise holds the response back. May throw. */
  commit(): Outcome | Promise<Outcome>;
  /** The commit is done and headers can still be set. */
  committed(outcome: Outcome): void;
  /** The commit failed: set status and headers of the answer in place of the application's. @returns its body */
  failed(error: unknown): string;
  /** The response has begun and ends now. A promise holds back its end. */
  end(): undefined | Promise<void>;
  /** Something did not work when it was too late for another answer. */
  lost(error: unknown): void;
}
