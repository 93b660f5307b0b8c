// Without imports: the declarations of nest-session/standalone lead here, and to no other package.

/** What a session's cookie is sent with: a `Cookie` of express-session, or what a record keeps of one. */
export interface CookieAttributes {
  readonly path?: string | undefined;
  readonly domain?: string | undefined;
  readonly httpOnly?: boolean | undefined;
  readonly secure?: boolean | 'auto' | undefined;
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  readonly partitioned?: boolean | undefined;
  readonly priority?: 'low' | 'medium' | 'high' | undefined;
}

/** The headers of an answer, as Node's `ServerResponse` gives them. */
export interface ResponseHeaders {
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string | readonly string[]): unknown;
}
