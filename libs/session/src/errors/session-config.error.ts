import { SessionError } from './session.error.js';

/** One problem of the options. */
export interface ConfigProblem {
  /** Where in the options, such as `cookie.sameSite`. */
  readonly path: string;
  /** The problem, and the fix. */
  readonly problem: string;
}

/** The options are not valid. Thrown when the application starts, with every problem at once. */
export class SessionConfigError extends SessionError {
  readonly code = 'SESSION_CONFIG_INVALID';

  /** @param subject the module or function that got the options */
  constructor(
    readonly problems: readonly ConfigProblem[],
    subject = 'SessionModule',
  ) {
    super(
      `${subject} cannot start, ${problems.length} problem${problems.length === 1 ? '' : 's'} in its options:\n` +
        problems.map(({ path, problem }) => `  - ${path}: ${problem}`).join('\n'),
    );
  }

  /** The module was imported without options, or a factory returned none. */
  static withoutOptions(): SessionConfigError {
    return new SessionConfigError([
      {
        path: 'imports',
        problem:
          'has SessionModule without options. Write SessionModule.forRoot() or forRootAsync() in the root module, whose ' +
          'factory has to return an object; it is global, so no other module imports it.',
      },
    ]);
  }

  /** @param places the modules that import SessionModule */
  static twice(places: readonly string[]): SessionConfigError {
    return new SessionConfigError([
      {
        path: 'imports',
        problem:
          `SessionModule.forRoot() is there more than once, in ${places.join(' and ')}: each has a store and a registry of ` +
          'its own, and a logout in one is not seen by the other. Keep the one in the root module; it is global.',
      },
    ]);
  }
}
