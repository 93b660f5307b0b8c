import { Logger } from '@nestjs/common';
import { isProduction, type Environment } from '../options/environment.js';

const logger = new Logger('Session');
/** What was logged already, by the name of the class or key. */
const said = new Set<string>();
const SECRET_NAME = /passw(or)?d|passphrase|hash|secret|token/i;

/**
 * Warns in development if `login(entity)` puts into the session what does not belong there: instances, whose methods are
 * lost, and values that belong in the database only. Each class and key is logged once. Values are never logged.
 */
export function adviseOnUser(what: string, user: object, env: Environment = process.env): void {
  if (isProduction(env)) return;
  const prototype: unknown = Object.getPrototypeOf(user);
  if (prototype !== Object.prototype && prototype !== null) {
    const made: unknown = Reflect.get(user, 'constructor');
    const name = typeof made === 'function' ? made.name : 'a class without a name';
    once(
      name,
      `${what} was given an instance of ${name}. Its own keys are stored as plain JSON: methods are lost and a Date becomes ` +
        'a text. Give the option toSession: (user) => ({ id: user.id, roles: user.roles }), or pass only that.',
    );
  }
  for (const key of Object.keys(user)) {
    if (!SECRET_NAME.test(key)) continue;
    once(
      `.${key}`,
      `${what} was given a user with the key ${JSON.stringify(key)}, which is stored with the session and returned ` +
        'wherever a handler returns its user. Give the option toSession: (user) => ({ id: user.id, roles: user.roles }), or pass only that.',
    );
  }
}

function once(what: string, message: string): void {
  if (said.has(what)) return;
  said.add(what);
  logger.warn(message);
}
