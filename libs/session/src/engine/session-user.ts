export type { SessionUser } from '../core/session-user.js';
