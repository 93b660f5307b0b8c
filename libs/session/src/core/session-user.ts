/**
 * The user who is logged in. Add the properties that you keep in the session by declaration merging:
 *
 * @example
 * declare module 'nest-session' {
 *   interface SessionUser { username: string }
 * }
 */
export interface SessionUser {
  readonly id: string | number;
  /** The roles that `@Roles()` checks. */
  readonly roles?: readonly string[];
}
