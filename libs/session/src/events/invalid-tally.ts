import type { EmittedEvent } from './session-event-map.js';

type Invalid = EmittedEvent<'invalid'>;

/** How long (ms) equal events are counted before they are emitted as one. */
const WINDOW = 60_000;
/** How many sources are told apart in a window. Events of further ones are emitted without their source. */
const MAX_SOURCES = 50;

interface Kind {
  readonly event: Invalid;
  more: number;
}

/**
 * Bounds the number of events that a client can cause by requests: of equal ones, by reason and source, the first is
 * emitted at once, and the number of further ones at the end of the minute.
 */
export class InvalidTally {
  private kinds = new Map<string, Kind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (event: Invalid) => void) {}

  add(event: Invalid): void {
    const full = this.kinds.size >= MAX_SOURCES;
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

  /** Emits what was counted, and starts again. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { kinds } = this;
    this.kinds = new Map();
    for (const { event, more } of kinds.values())
      if (more > 0) this.tell(more === 1 ? event : { ...event, count: more });
  }
}

/** Sessions are always told apart: their names are signed, so a client cannot invent them. */
const keyOf = ({ reason, source, handle }: Invalid): string => JSON.stringify([reason, source?.ip, handle]);
