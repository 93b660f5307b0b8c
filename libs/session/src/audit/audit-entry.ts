import type { NamedSessionEvent, SessionEventName } from '../events/session-events.js';

/** One event in the audit trail. Plain JSON: no id, no cookie, no value of a session. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: SessionEventName;
  /** Public name of the session. */
  readonly handle?: string;
  /** The user of the session. */
  readonly userId?: string;
  /** The user who did it, if not the session's own user. */
  readonly actorId?: string;
  readonly reason?: string;
  /** Other fields of the event, such as `{ device: 'Firefox on Windows' }`. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** How many characters of a text are kept, because clients control some of them. */
const MAX_TEXT_LENGTH = 1_024;

/** The entry of an event. */
export function entryOf({ name, at, ...event }: NamedSessionEvent): AuditEntry {
  const { handle, userId, actor, reason, ...rest }: Record<string, unknown> = event;
  const details = detailsOf(rest);
  return {
    at,
    event: name,
    ...(typeof handle === 'string' && { handle: cut(handle) }),
    ...(isUserId(userId) && { userId: cut(String(userId)) }),
    ...(isActor(actor) && { actorId: cut(String(actor.userId)) }),
    ...(typeof reason === 'string' && { reason: cut(reason) }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/**
 * An entry as one line of JSON, whatever its texts contain: for a writer that appends to a log.
 *
 * @example
 * const writer: AuditWriter = { write: (entry) => stream.write(`${auditLine(entry)}\n`) };
 */
export const auditLine = (entry: AuditEntry): string =>
  // JSON does not escape a few characters that some viewers treat as line ends.
  JSON.stringify(entry).replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

function detailsOf(rest: Record<string, unknown>): NonNullable<AuditEntry['details']> {
  const details: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (typeof value === 'string') details[key] = cut(value);
    else if (typeof value === 'number' || typeof value === 'boolean') details[key] = value;
    // The message may reveal where the store is.
    else if (value instanceof Error) details[key] = codeOf(value);
    else if (key === 'source' && isSource(value)) details['ip'] = cut(value.ip);
    else if (Array.isArray(value)) details[key] = value.slice(0, 100).map((one) => cut(String(one)));
  }
  return details;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? cut(error.code) : error.name;

const isUserId = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const isActor = (value: unknown): value is { userId: string | number } =>
  typeof value === 'object' && value !== null && 'userId' in value && isUserId(value.userId);

const isSource = (source: unknown): source is { ip: string } =>
  typeof source === 'object' && source !== null && 'ip' in source && typeof source.ip === 'string';

const cut = (text: string): string => (text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text);
