import passport from 'passport';
import { expect, it } from 'vitest';
import type { SessionEngine } from '../engine/session-engine.js';
import { connectPassport } from './connect-passport.js';
import type { PassportBridge } from './passport-bridge.js';
import { SESSION_MANAGER, type Passport } from './passport-port.js';

const bridge = {} as PassportBridge;
const newEngine = (): SessionEngine => ({}) as SessionEngine;

/** One that no application uses. */
const newPassport = (): Passport =>
  Object.assign(new passport.Passport(), { strategies: passport.strategies }) as unknown as Passport;

it('refuses a Passport whose logins it cannot see', () => {
  const other = newPassport();
  delete other[SESSION_MANAGER];
  expect(() => connectPassport(other, newEngine(), bridge)).toThrow(
    'SessionPassportModule cannot start, 1 problem in its options:\n' +
      '  - passport: has no session manager where version 0.7 has it. Install passport@^0.7.0.',
  );
});

it('takes its place once, however many applications there are', () => {
  const shared = newPassport();
  connectPassport(shared, newEngine(), bridge);
  const manager = shared[SESSION_MANAGER];
  connectPassport(shared, newEngine(), bridge);
  expect(shared[SESSION_MANAGER]).toBe(manager);
});
