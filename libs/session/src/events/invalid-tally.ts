import type { EmittedEvent } from './session-event-map.js';

type Invalid = EmittedEvent<'invalid'>;

/** Milliseconds in which events that are alike are told once. */
const WINDOW = 60_000;
/** Sources that are told apart in a window; what comes from more of them is told without its source. */
const MOST_SOURCES = 50;

interface Kind {
  readonly event: Invalid;
  more: number;
}

/**
 * What anybody can cause by a request costs a bounded number of events: of those that are alike in reason and source the
 * first is told at once, and how many came after it at the end of the minute.
 */
export class InvalidTally {
  private kinds = new Map<string, Kind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (event: Invalid) => void) {}

  add(event: Invalid): void {
    const full = this.kinds.size >= MOST_SOURCES;
    const known = this.kinds.get(keyOf(event));
    const { source: _, handle: _handle, userId: _user, ...sourceless } = event;
    const counted = known || !full ? event : sourceless;
    const kind = known ?? this.kinds.get(keyOf(counted));
    if (kind) {
      kind.more += 1;
      return;
    }
    this.kinds.set(keyOf(counted), { event: counted, more: 0 });
    this.timer ??= setTimeout(() => this.flush(), WINDOW).unref();
    this.tell(counted);
  }

  /** Tells what has not been told yet, and begins anew. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { kinds } = this;
    this.kinds = new Map();
    for (const { event, more } of kinds.values())
      if (more > 0) this.tell(more === 1 ? event : { ...event, count: more });
  }
}

/** Each session is told of by itself as it is: its name was signed by us. */
const keyOf = ({ reason, source, handle }: Invalid): string => JSON.stringify([reason, source?.ip, handle]);
