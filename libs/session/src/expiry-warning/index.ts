export type { SessionExpiryOptions } from './expiry-options.js';
export { SessionExpiryModule } from './session-expiry.module.js';
