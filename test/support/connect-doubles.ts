import { EventEmitter } from 'node:events';
import type { SessionData } from 'express-session';

type Callback<T = undefined> = (error?: unknown, value?: T) => void;

/** A store of express-session that answers before it returns, has no touch, and keeps what is over. */
export class SyncStore {
  readonly texts = new Map<string, string>();

  get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    const text = this.texts.get(sid);
    callback(null, text === undefined ? null : (JSON.parse(text) as SessionData));
  }

  set(sid: string, session: SessionData, callback?: Callback): void {
    this.texts.set(sid, JSON.stringify(session));
    callback?.();
  }

  destroy(sid: string, callback?: Callback): void {
    this.texts.delete(sid);
    callback?.();
  }
}

/** One that hands out the very objects that it keeps, late and in no order, and says ENOENT where nothing is. */
export class SlowStore extends EventEmitter {
  readonly sessions = new Map<string, SessionData>();
  private turn = 0;

  get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.later(() => {
      const session = this.sessions.get(sid);
      if (session) callback(null, session);
      else callback(Object.assign(new Error(`no such file: ${sid}`), { code: 'ENOENT' }));
    });
  }

  set(sid: string, session: SessionData, callback?: Callback): void {
    this.later(() => {
      this.sessions.set(sid, session);
      callback?.();
    });
  }

  destroy(sid: string, callback?: Callback): void {
    this.later(() => {
      const existed = this.sessions.delete(sid);
      callback?.(existed ? undefined : Object.assign(new Error('no such file'), { code: 'ENOENT' }));
    });
  }

  private later(task: () => void): void {
    setTimeout(task, (this.turn++ * 7) % 5);
  }
}

/** How {@link BrokenStore} fails. */
export type Failure = 'calls back' | 'throws' | 'rejects' | 'never answers';

/** One that fails in every operation, or in one of them. Its messages quote what no log may have. */
export class BrokenStore extends SyncStore {
  constructor(
    private readonly failure: Failure,
    private readonly operation?: 'get' | 'set' | 'destroy' | 'touch',
    private readonly code?: string,
  ) {
    super();
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    return this.fail('get', sid, callback) ?? super.get(sid, callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback): void {
    return this.fail('set', sid, callback) ?? super.set(sid, session, callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    return this.fail('destroy', sid, callback) ?? super.destroy(sid, callback);
  }

  private fail(operation: string, sid: string, callback?: (error: unknown) => void): void {
    if (this.operation !== undefined && this.operation !== operation) return undefined;
    const error = Object.assign(new Error(`secret-of-${sid}`), this.code !== undefined && { code: this.code });
    if (this.failure === 'throws') throw error;
    if (this.failure === 'calls back') callback?.(error);
    // What an async method of a store returns, which its interface says nothing of.
    const returned: unknown = this.failure === 'rejects' ? Promise.reject(error) : true;
    return returned as void;
  }
}
