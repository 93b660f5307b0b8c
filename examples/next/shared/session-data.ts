/** Who is signed in, as the session keeps it. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** What a session of this application holds. The API and the web application read and write the same. */
export interface AppSession {
  user?: Person;
  /** A line of text that either side writes. */
  note?: string;
  /** How many pages the proxy let through. */
  views?: number;
}

/** The longest note: a sealed cookie holds about 2.7 KB of JSON altogether. */
export const NOTE_LENGTH = 200;
