import type { SessionRecord } from '../core/record.js';
import { readFresh, type SessionStore, type StoredSession } from '../stores/session-store.js';

/** How long a given-up id is remembered, so that requests sent with it just before get no cookie that undoes the new one. */
export const MARK_LIFE = 60_000;

/** What is left under the name of an id that was given up: no session, and no data. */
export function markOf(now: number, successor?: string): SessionRecord {
  return {
    data: {},
    cookie: { originalMaxAge: null },
    createdAt: now,
    lastSeenAt: now,
    ...(successor !== undefined && { facts: { successor } }),
    expiresAt: now + MARK_LIFE,
  };
}

/** The store's key of the session that a mark stands for; undefined for a session. */
export const successorOf = (stored: StoredSession | undefined): string | undefined => stored?.record.facts?.successor;

/** A session under a key of its own, and what makes it of the one before. */
export interface Successor {
  readonly key: string;
  make(before: SessionRecord): SessionRecord;
}

/**
 * Moves a session to another key and leaves a mark that names it, in one conditional write: of several processes that
 * do it at once one succeeds, and a session that is ended meanwhile stays ended.
 * @returns undefined if the session is gone, or somebody else has moved it
 */
export async function moveSession(
  store: SessionStore,
  from: string,
  to: Successor,
  now: number,
): Promise<StoredSession | undefined> {
  let before = await readFresh(store, from);
  if (!before || successorOf(before) !== undefined) return undefined;
  let record = to.make(before.record);
  // First, so that whoever follows the mark finds it. Nobody knows its id yet.
  let version = await store.create(to.key, record);
  if (version === undefined) return undefined;
  try {
    for (;;) {
      const left = await store.save(from, markOf(now, to.key), before.version);
      if (left.status === 'saved') return { record, version };
      if (left.status === 'missing' || successorOf(left.current) !== undefined) break;
      // Somebody saved meanwhile: what he changed goes along.
      before = left.current;
      record = to.make(before.record);
      const saved = await store.save(to.key, record, version);
      if (saved.status !== 'saved') break;
      version = saved.version;
    }
  } catch (error) {
    await store.delete(to.key).catch(() => undefined);
    throw error;
  }
  await store.delete(to.key);
  return undefined;
}
