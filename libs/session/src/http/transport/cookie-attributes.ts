// Without imports: the declarations of nest-session/standalone lead here, and to no other package.

/** The attributes of a session's cookie: a `Cookie` of express-session, or those in a record. */
export interface CookieAttributes {
  readonly path?: string | undefined;
  readonly domain?: string | undefined;
  readonly httpOnly?: boolean | undefined;
  readonly secure?: boolean | 'auto' | undefined;
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  readonly partitioned?: boolean | undefined;
  readonly priority?: 'low' | 'medium' | 'high' | undefined;
}

/** The headers of a response, as in Node's `ServerResponse`. */
export interface ResponseHeaders {
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string | readonly string[]): unknown;
}
