import { shortDigest } from '../core/digest.js';
import { isObject, isTime } from '../core/json.js';
import type { SessionValues } from '../core/record.js';
import { isDataKey } from '../core/session-data.js';
import { newSecret } from '../core/session-name.js';
import type { RequestSession } from '../request/request-session.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { changeValues, valuesOf } from './change-values.js';

/** A valid single-use value. */
export interface TakenOnce {
  /** The data that it was issued with. */
  readonly data: unknown;
}

interface Issued {
  /** The hash of the value, so that a dump of the store does not contain the value. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly data?: unknown;
}

/** How many values of one key are kept, so that repeated requests do not fill the session. */
const MAX_VALUES = 10;
const KEY = 'once';

/** @param length how long (ms) it is valid */
export async function issueOnce(session: RequestSession, key: string, length: number, data: unknown): Promise<string> {
  if (typeof key !== 'string' || !isDataKey(key))
    throw SessionUsageError.value('once()', 'takes a key that is a text.');
  const value = newSecret();
  const now = session.state.engine.options.clock.now();
  const issued: Issued = { hash: shortDigest(value), until: now + length, ...(data !== undefined && { data }) };
  await changeValues(session, (values) => {
    const kept = issuedIn(values, now);
    values[KEY] = { ...kept, [key]: [...(kept[key] ?? []), issued].slice(-MAX_VALUES) };
  });
  return value;
}

/** @returns undefined unless the value was issued by this session, not long ago, and was not taken yet */
export async function takeOnce(session: RequestSession, key: string, value: unknown): Promise<TakenOnce | undefined> {
  if (typeof value !== 'string') return undefined;
  const hash = shortDigest(value);
  const now = session.state.engine.options.clock.now();
  const find = (values: SessionValues) => {
    const kept = issuedIn(values, now);
    return { kept, found: ownOf(kept, key).find((issued) => issued.hash === hash) };
  };
  // An unknown value causes no write, however often it is sent.
  if (!find(valuesOf(session)).found) return undefined;
  const taken = await changeValues(session, (values) => {
    const { kept, found } = find(values);
    if (!found) return undefined;
    const rest = { ...kept, [key]: ownOf(kept, key).filter((issued) => issued !== found) };
    const left = Object.fromEntries(Object.entries(rest).filter(([, issued]) => issued.length > 0));
    if (Object.keys(left).length > 0) values[KEY] = left;
    else delete values[KEY];
    return found;
  });
  if (!taken) return undefined;
  const first = await session.perform(({ engine }) => engine.claim(`once.${hash}`, taken.until));
  return first ? { data: taken.data } : undefined;
}

const ownOf = (issued: Record<string, Issued[]>, key: string): Issued[] =>
  Object.hasOwn(issued, key) ? (issued[key] ?? []) : [];

/** The values that are still valid. */
function issuedIn(values: SessionValues, now: number): Record<string, Issued[]> {
  const all = Object.hasOwn(values, KEY) ? values[KEY] : undefined;
  if (!isObject(all)) return {};
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, list]) => {
      const good = Array.isArray(list) ? list.filter(isIssued).filter(({ until }) => until > now) : [];
      return good.length > 0 && isDataKey(key) ? [[key, good]] : [];
    }),
  );
}

const isIssued = (value: unknown): value is Issued =>
  isObject(value) && typeof value['hash'] === 'string' && isTime(value['until']);
