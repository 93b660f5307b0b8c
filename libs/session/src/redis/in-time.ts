import { CommandTimeout } from './redis-errors.js';

/** The answer of a command, or a {@link CommandTimeout} after so many milliseconds. */
export function inTime<T>(timeout: number, command: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const answer = command();
    const late = (): void => reject(new CommandTimeout(timeout));
    // What arrived while this process was busy is read before a command is called late.
    const timer = setTimeout(() => setImmediate(late), timeout);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
