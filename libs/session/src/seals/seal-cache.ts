import type { Clock } from '../core/clock.js';
import { digest } from '../core/digest.js';
import { sharedTurn } from '../core/shared-turn.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Opened } from './sealer.js';

/** Kept at most. A seal that fits one cookie is at most 4 kB, and what is in it 3 kB. */
const MOST = 5_000;
/** What more characters hold than this is not kept, so that chunked seals do not fill the memory. */
const LONGEST = 4_096;

/** Seals that were opened a moment ago: a browser sends the same one again and again. Ends with each seal. */
export class SealCache {
  private readonly entries = new BoundedMap<string, Opened>(MOST);

  constructor(private readonly clock: Clock) {}

  /** @param open opens it if it is not here. Faults are kept too: a forged seal costs its sender more than us. */
  async open(seal: string, open: (seal: string) => Opened): Promise<Opened> {
    const key = digest(seal);
    const known = this.entries.get(key);
    const good = known && (!known.ok || known.expiresAt > this.clock.now());
    const opened = good ? known : open(seal);
    if (!good && seal.length <= LONGEST) this.entries.set(key, opened);
    await sharedTurn.take();
    return opened;
  }
}
