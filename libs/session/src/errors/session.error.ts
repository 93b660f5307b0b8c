/** What every error of this library extends. `code` is stable: match on it, not on the message. */
export abstract class SessionError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}
