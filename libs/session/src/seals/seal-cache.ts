import type { Clock } from '../core/clock.js';
import { digest } from '../core/digest.js';
import { sharedTurn } from '../core/shared-turn.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Opened } from './sealer.js';

/** How many seals are kept at most. A seal in one cookie has at most 4 kB, and its content 3 kB. */
const MAX_SEALS = 5_000;
/** Longer seals are not kept, so that chunked seals do not fill the memory. */
const MAX_SEAL_LENGTH = 4_096;

/** Recently opened seals: a browser sends the same one again and again. A seal is kept until it expires. */
export class SealCache {
  private readonly entries = new BoundedMap<string, Opened>(MAX_SEALS);

  constructor(private readonly clock: Clock) {}

  /** @param open opens a seal that is not cached. Faults are cached too, so that a forged seal is cheap for the server. */
  async open(seal: string, open: (seal: string) => Opened): Promise<Opened> {
    const key = digest(seal);
    const known = this.entries.get(key);
    const good = known && (!known.ok || known.expiresAt > this.clock.now());
    const opened = good ? known : open(seal);
    if (!good && seal.length <= MAX_SEAL_LENGTH) this.entries.set(key, opened);
    await sharedTurn.take();
    return opened;
  }
}
