/** The environment cannot work: every problem at once, each with its variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment needs attention:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
