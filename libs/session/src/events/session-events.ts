import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';

/** What every event tells. Never an id, a cookie or a value of the session. */
export interface SessionEvent {
  /** Public name of the session: the same in lists and logs, and not reversible to its id. */
  readonly handle: string;
  /** Who was logged in, if anybody. */
  readonly userId?: string | number;
}

/** The events and what they carry. */
export interface SessionEventMap {
  /** A user logged in; `handle` is the new session's. */
  login: SessionEvent;
  /** A user logged out. */
  logout: SessionEvent;
  /** The session got a new id; `previous` is the handle of the one that died. */
  rotated: SessionEvent & { readonly previous: string };
  /** The session was destroyed other than by logging out. */
  destroyed: SessionEvent;
  /** A request came with a session that is over. Best effort: a session that nobody asks for again ends in silence. */
  expired: SessionEvent & { readonly reason: 'idle' | 'absolute' };
  /** What a request changed was not saved, because its session had ended meanwhile or could not be written. */
  rejected: SessionEvent & { readonly reason: 'ended' | 'rotated' | 'read-only' | 'headers-sent' };
  /** Two requests changed the same keys; the resolver decided (by default the last writer won). */
  conflict: SessionEvent & { readonly keys: readonly string[] };
  /** The cookie opened no session, for a reason that a browser alone does not cause: the request is anonymous. */
  invalid: {
    readonly reason:
      | 'ambiguous'
      | 'signature'
      /** It has not the shape of a sealed session. */
      | 'format'
      /** A seal was changed, or made with another password. */
      | 'tampered'
      /** A seal names a password that is not, or no longer, configured. */
      | 'unknown-password'
      /** A seal was made with our password for something else. */
      | 'foreign-purpose'
      /** The age of a seal cannot be right. */
      | 'time'
      /** The session was ended: somebody uses a copy of its cookie. */
      | 'revoked';
    /** The session that it claims to be, where that is certain. */
    readonly handle?: string;
    readonly userId?: string | number;
  };
  /** A session, or every session of a user, was ended from outside of it. */
  revoked: { readonly handle?: string; readonly userId?: string | number };
  /** The store did not do its work. */
  storeError: { readonly operation: string; readonly error: Error };
}

type Listener<K extends keyof SessionEventMap> = (event: SessionEventMap[K]) => unknown;

/**
 * Tells what happens to sessions. Inject it and listen; a listener that fails is logged and fails no request.
 *
 * @example
 * constructor(events: SessionEvents) {
 *   events.on('rejected', ({ handle, reason }) => this.metrics.count('session_rejected', { reason }));
 * }
 */
export class SessionEvents {
  private readonly emitter = new EventEmitter();
  private readonly logger = new Logger('Session');

  /**
   * Calls the listener for every event of this name.
   * @returns a function that removes the listener
   */
  on<K extends keyof SessionEventMap>(name: K, listener: Listener<K>): () => void {
    const guarded = (event: SessionEventMap[K]) => void this.call(name, listener, event);
    // Prefixed, because EventEmitter gives the name "error" a meaning of its own.
    this.emitter.on(`session:${name}`, guarded);
    return () => void this.emitter.off(`session:${name}`, guarded);
  }

  /** @internal */
  emit<K extends keyof SessionEventMap>(name: K, event: SessionEventMap[K]): void {
    this.emitter.emit(`session:${name}`, event);
  }

  private async call<K extends keyof SessionEventMap>(name: K, listener: Listener<K>, event: SessionEventMap[K]) {
    try {
      await listener(event);
    } catch (error) {
      this.logger.error(
        `A listener of the session event "${name}" failed`,
        error instanceof Error ? error.stack : String(error),
      );
    }
  }
}
