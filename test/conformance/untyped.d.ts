// Packages without types of their own: as much as the tests use.

declare module 'passport' {
  import type { RequestHandler } from 'express';

  type Done = (error: unknown, value?: unknown, info?: { message: string }) => void;

  interface AuthenticateOptions {
    readonly failureRedirect?: string;
    readonly failureFlash?: boolean | string;
    readonly successRedirect?: string;
    readonly keepSessionInfo?: boolean;
    readonly session?: boolean;
  }

  export class Passport {
    use(strategy: object): this;
    serializeUser(work: (user: { id: string }, done: Done) => void): void;
    deserializeUser(work: (id: string, done: Done) => void): void;
    session(): RequestHandler;
    authenticate(strategy: string, options?: AuthenticateOptions): RequestHandler;
  }

  const passport: Passport & { Passport: typeof Passport };
  export default passport;
}

declare module 'passport-local' {
  export class Strategy {
    constructor(
      verify: (
        username: string,
        password: string,
        done: (error: unknown, user?: object | false, info?: { message: string }) => void,
      ) => void,
    );
  }
}

declare module 'connect-flash' {
  import type { RequestHandler } from 'express';

  export default function flash(options?: { unsafe?: boolean }): RequestHandler;
}
