/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

const RELAXED = new Set(['development', 'test']);

const nameOf = (env: Environment): string => env['NODE_ENV'] ?? '';

/** Whether the rules of production apply: unless `NODE_ENV` is development, test or not set. */
export const isProduction = (env: Environment): boolean => nameOf(env) !== '' && !RELAXED.has(nameOf(env));

/** The warning at every start while `NODE_ENV` is not set. */
export const environmentWarning = (env: Environment): string | undefined =>
  nameOf(env) === ''
    ? 'NODE_ENV is not set, so the rules of development apply: weak secrets, sessions in memory, a cookie without Secure. ' +
      'Set NODE_ENV=production where people use this application, and NODE_ENV=development where it is made.'
    : undefined;

/** Why the rules of production apply, if the value is not `production`. */
export const productionReason = (env: Environment): string | undefined =>
  isProduction(env) && nameOf(env) !== 'production'
    ? `is ${JSON.stringify(nameOf(env))}, which counts as production: only development, test and no value at all relax anything.`
    : undefined;
