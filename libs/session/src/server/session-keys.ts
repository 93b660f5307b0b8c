import { BoundedMap } from '../core/bounded-map.js';
import { handleOfHash, hashSessionId, sessionHandle } from '../core/session-id.js';

/** Ids come again and again, and a hash costs more than the rest of a look-up. */
const MOST = 10_000;

/** What a store calls the session of an id, and what everybody else does. */
export class SessionKeys {
  private readonly hashes = new BoundedMap<string, string>(MOST);

  constructor(private readonly plain: boolean) {}

  /** What a store calls the session of an id. */
  keyOf(id: string): string {
    if (this.plain) return id;
    let hash = this.hashes.get(id);
    if (hash === undefined) {
      hash = hashSessionId(id);
      this.hashes.set(id, hash);
    }
    return hash;
  }

  /** The public name of the session under a key. */
  handleOf(key: string): string {
    return this.plain ? sessionHandle(key) : handleOfHash(key);
  }
}
