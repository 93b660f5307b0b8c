import type { SessionData } from 'express-session';
import type { SessionRecord, StoreRecord, WritableRecord } from '../core/record.js';
import { decodeRecord, encodeRecord, flattenRecord } from '../core/record-format.js';
import type { RedisSerializer } from './redis-options.js';

/** Records as text, by JSON or by the application's own serializer. */
export interface RecordCodec {
  encode(record: WritableRecord): string;
  /** The record, or undefined if the text is none. Synchronous, unless the serializer is asynchronous. */
  decode(text: string, now: number): StoreRecord | undefined | Promise<StoreRecord | undefined>;
}

/** The codec for a serializer; for JSON without one. */
export function recordCodec(serializer: RedisSerializer | undefined): RecordCodec {
  if (!serializer) return { encode: encodeRecord, decode: decodeRecord };
  return {
    encode: (record) => serializer.stringify(flattenRecord(record) as unknown as SessionData),
    async decode(text, now) {
      try {
        return decodeRecord(await serializer.parse(text), now);
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * A record whose deadline has passed although its key lives for another `ttl` milliseconds: nodes with connect-redis renew
 * by EXPIRE and do not change the record. It gets the deadline of the key, and a matching last use, long enough ago that
 * the next renewal writes both.
 */
export function revive(record: SessionRecord, ttl: number, now: number): SessionRecord {
  if (ttl <= 0) return record;
  const expiresAt = now + ttl;
  // Zero means that this library has never renewed the record.
  if (record.lastSeenAt === 0) return { ...record, expiresAt };
  const idle = record.expiresAt - record.lastSeenAt;
  return { ...record, expiresAt, lastSeenAt: Math.floor(now - Math.max(idle - ttl, idle / 2)) };
}
