import type { AppSession } from '../shared/session-data.ts';

declare module 'express-session' {
  interface SessionData extends Omit<AppSession, 'user'> {}
}
