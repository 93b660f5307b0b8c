export type { PassportLoginOptions, SessionPassportOptions } from './passport-options.js';
export type { PassportRequest } from './passport-port.js';
export { SessionPassportModule } from './session-passport.module.js';
