/** Options of `SessionExpiryModule.forRoot()`. */
export interface SessionExpiryOptions {
  /**
   * Where the routes are, below the application's global prefix.
   * @default 'session/expiry'
   */
  path?: string;
}
