// Packages without types of their own: as much of them as the tests use.

declare module 'session-file-store' {
  import type session from 'express-session';
  const make: (
    of: typeof session,
  ) => new (options: {
    path: string;
    ttl?: number;
    retries?: number;
    reapInterval?: number;
    logFn?: (text: string) => void;
  }) => session.Store;
  export default make;
}

declare module 'connect-loki' {
  import type session from 'express-session';
  const make: (of: typeof session) => new (options: { path: string; autosave?: boolean }) => session.Store;
  export default make;
}

declare module 'connect-session-sequelize' {
  import type session from 'express-session';
  import type { Sequelize } from 'sequelize';
  const make: (
    of: typeof session.Store,
  ) => new (options: {
    db: Sequelize;
    checkExpirationInterval?: number;
  }) => session.Store & { sync(): Promise<unknown> };
  export default make;
}
