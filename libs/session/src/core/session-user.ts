/**
 * Who is logged in. Add what you keep in the session by merging:
 *
 * @example
 * declare module 'nest-session' {
 *   interface SessionUser { username: string }
 * }
 */
export interface SessionUser {
  readonly id: string | number;
  /** What `@Roles()` asks for. */
  readonly roles?: readonly string[];
}
