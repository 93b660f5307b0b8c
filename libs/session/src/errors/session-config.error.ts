import { SessionError } from './session.error.js';

/** One thing that is wrong with the options. */
export interface ConfigProblem {
  /** Where in the options, such as `cookie.sameSite`. */
  readonly path: string;
  /** What is wrong, and the fix. */
  readonly problem: string;
}

/** The options cannot work. Thrown when the application starts, with every problem at once. */
export class SessionConfigError extends SessionError {
  readonly code = 'SESSION_CONFIG_INVALID';

  /** @param subject what was given the options */
  constructor(
    readonly problems: readonly ConfigProblem[],
    subject = 'SessionModule',
  ) {
    super(
      `${subject} cannot start, ${problems.length} problem${problems.length === 1 ? '' : 's'} in its options:\n` +
        problems.map(({ path, problem }) => `  - ${path}: ${problem}`).join('\n'),
    );
  }
}
