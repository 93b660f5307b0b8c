import expressSession, { type SessionData } from 'express-session';

type Operation = 'get' | 'set' | 'destroy' | 'touch';
type Callback = (error?: unknown, session?: SessionData | null) => void;

/** express-session's MemoryStore, which fails on demand. */
export class FaultyStore extends expressSession.MemoryStore {
  /** What comes of an operation instead of its work. */
  readonly faults = new Map<Operation, 'error' | 'ENOENT' | 'throw'>();
  /** What MemoryStore keeps: JSON by id. */
  declare readonly sessions: Record<string, string>;

  override get(sid: string, callback: Callback): void {
    if (!this.fault('get', callback)) super.get(sid, callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback): void {
    if (!this.fault('set', callback)) super.set(sid, session, callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    if (!this.fault('destroy', callback)) super.destroy(sid, callback);
  }

  override touch(sid: string, session: SessionData, callback?: Callback): void {
    if (!this.fault('touch', callback)) super.touch(sid, session, callback);
  }

  private fault(operation: Operation, callback: Callback | undefined): boolean {
    const fault = this.faults.get(operation);
    if (fault === undefined) return false;
    const error = Object.assign(new Error(`${operation} failed`), fault === 'ENOENT' && { code: 'ENOENT' });
    if (fault === 'throw') throw error;
    setImmediate(() => callback?.(error));
    return true;
  }
}

/** Calls back before it returns. */
export class SynchronousStore extends FaultyStore {
  override get(sid: string, callback: Callback): void {
    const text = this.sessions[sid];
    callback(null, text === undefined ? null : (JSON.parse(text) as SessionData));
  }

  override set(sid: string, session: SessionData, callback?: Callback): void {
    this.sessions[sid] = JSON.stringify(session);
    callback?.();
  }

  override destroy(sid: string, callback?: Callback): void {
    Reflect.deleteProperty(this.sessions, sid);
    callback?.();
  }

  override touch(sid: string, session: SessionData, callback?: Callback): void {
    const text = this.sessions[sid];
    if (text !== undefined) {
      this.sessions[sid] = JSON.stringify({ ...(JSON.parse(text) as SessionData), cookie: session.cookie });
    }
    callback?.();
  }
}

/** Has no `touch`, as older stores. */
export class UntouchableStore extends FaultyStore {
  constructor() {
    super();
    Object.defineProperty(this, 'touch', { value: undefined });
  }
}
