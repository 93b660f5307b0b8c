import type { IncomingHttpHeaders } from 'node:http';
import type { FaultyStore } from './faulty-store.js';

/** What this library keeps for itself in a record. */
const META = '__nest_session';

/** What a store holds after a step. */
export interface StoredSessions {
  /** Values and cookie attributes by the name of the id. */
  readonly stored: Readonly<Record<string, unknown>>;
  /** Seconds from now until each expires; null for never. */
  readonly storedExpiry: Readonly<Record<string, number | null>>;
  /** Ids under which a session has ended. */
  readonly tombstones: readonly string[];
}

/** Gives ids names in the order in which they appear: id1, id2 ... */
export class IdNames {
  private readonly names = new Map<string, string>();

  of(id: string): string {
    const name = this.names.get(id) ?? `id${this.names.size + 1}`;
    this.names.set(id, name);
    return name;
  }

  /** The ids that are known, wherever they stand in a text. */
  inText(text: string): string {
    let named = text;
    for (const [id, name] of this.names) named = named.replaceAll(id, name);
    return named;
  }

  /** A Set-Cookie line with a name for the id, its instant as seconds from now, and without Max-Age. */
  inCookie(line: string): { line: string; maxAge: string | null } {
    const [pair = '', ...attributes] = line.split('; ');
    const equals = pair.indexOf('=');
    const value = decodeURIComponent(pair.slice(equals + 1));
    const id = value.startsWith('s:') ? value.slice(2, value.lastIndexOf('.')) : undefined;
    const maxAge = attributes.find((attribute) => attribute.startsWith('Max-Age=')) ?? null;
    const rest = attributes.filter((attribute) => attribute !== maxAge).map(relativeExpiry);
    const shown = id === undefined ? value : `signed ${this.of(id)}`;
    return { line: [`${pair.slice(0, equals)}=${shown}`, ...rest.sort()].join('; '), maxAge };
  }
}

const relativeExpiry = (attribute: string): string =>
  attribute.startsWith('Expires=') ? `Expires in ${secondsUntil(attribute.slice('Expires='.length))} s` : attribute;

const secondsUntil = (instant: string): number => Math.max(-1, (new Date(instant).getTime() - Date.now()) / 1000);

/** The headers that an application or a session layer sets. */
export function visibleHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const { date: _date, connection: _connection, 'set-cookie': _cookies, ...rest } = headers;
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, volatile.has(name) ? 'present' : String(value)]),
  );
}

/** They depend on the length or content of ids. */
const volatile = new Set(['etag', 'content-length']);

export function storedSessions(store: FaultyStore, names: IdNames): StoredSessions {
  const stored: Record<string, unknown> = {};
  const storedExpiry: Record<string, number | null> = {};
  const tombstones: string[] = [];
  for (const [id, text] of Object.entries(store.sessions)) {
    const { [META]: meta, cookie, ...values } = JSON.parse(text) as Record<string, unknown>;
    if ((meta as { kind?: string } | undefined)?.kind === 'tombstone') {
      tombstones.push(names.of(id));
      continue;
    }
    const { expires, ...attributes } = (cookie ?? {}) as { expires?: string | null | false };
    const name = names.of(id);
    stored[name] = { ...values, cookie: attributes };
    storedExpiry[name] = expires ? secondsUntil(expires) : null;
  }
  return { stored, storedExpiry, tombstones };
}
