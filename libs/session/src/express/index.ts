export type { ExpressCookieOptions, ExpressSessionOptions } from './express-session-options.js';
export { session, type SessionRequestHandler } from './session.js';
