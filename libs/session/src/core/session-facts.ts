/**
 * What is known of a session besides its values and deadlines: set at login and at whatever gives it a new id, carried
 * on by rotations. JSON, every field optional, so that records of older releases stay readable.
 */
export interface SessionFacts {
  /** Milliseconds: the idle timeout of this session, where it is not the policy's. */
  readonly idleTimeout?: number;
}
