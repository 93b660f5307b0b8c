import type { SessionData } from 'express-session';
import {
  decodeRecord,
  encodeRecord,
  flattenRecord,
  type SessionRecord,
  type StoreRecord,
  type WritableRecord,
} from '../core/record.js';
import type { RedisSerializer } from './redis-options.js';

/** Records as text, by JSON or by the application's own serializer. */
export interface RecordCodec {
  encode(record: WritableRecord): string;
  /** The record, or undefined if the text is none. At once, unless the serializer takes its time. */
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
 * A record whose own deadline has passed although its key lives on for `ttl` milliseconds: nodes with connect-redis
 * push the deadline on by EXPIRE and leave the record as it is. It gets the deadline that they gave it, and a last use
 * that goes with it, long enough ago that a renewal writes both down.
 */
export function revive(record: SessionRecord, ttl: number, now: number): SessionRecord {
  if (ttl <= 0) return record;
  const expiresAt = now + ttl;
  // Zero marks a record that this library has never renewed.
  if (record.lastSeenAt === 0) return { ...record, expiresAt };
  const idle = record.expiresAt - record.lastSeenAt;
  return { ...record, expiresAt, lastSeenAt: Math.floor(now - Math.max(idle - ttl, idle / 2)) };
}
