/** A person with an account. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/** What is kept of a user: never the password itself. */
export interface Account extends User {
  readonly passwordHash: string;
}
