import { isObject } from '../core/json.js';
import type { SessionValues } from '../core/record.js';
import { isDataKey } from '../core/session-data.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestSession } from '../request/request-session.js';
import { changeValues, valuesOf } from './change-values.js';

/** Messages by type. */
export type FlashMessages = Record<string, string[]>;

/** Of one type, in case they are never shown. */
const MAX_FLASH_MESSAGES = 20;

/** Keeps a message; without one, gives the messages of a type, or all, and forgets them. */
export function flash(
  session: RequestSession,
  type?: string,
  message?: string,
): Promise<void | string[] | FlashMessages> {
  if (type !== undefined && message !== undefined) return changeValues(session, flashInto(type, message));
  const take = flashOf(type);
  // A page that has nothing to show writes nothing.
  const shown = take({ ...valuesOf(session) });
  return Object.keys(shown).length === 0 ? Promise.resolve(shown) : changeValues(session, take);
}

/** Keeps a message. @throws `SessionUsageError` if it is no text */
export function flashInto(type: string, message: string): (values: SessionValues) => void {
  if (typeof type !== 'string' || !isDataKey(type) || typeof message !== 'string')
    throw SessionUsageError.value('flash()', 'takes a type and a text.');
  return (values) => {
    const kept = messagesIn(values);
    values['flash'] = { ...kept, [type]: [...(kept[type] ?? []), message].slice(-MAX_FLASH_MESSAGES) };
  };
}

/** Gives the messages of a type, or all, and forgets them. */
export function flashOf(type: string | undefined): (values: SessionValues) => string[] | FlashMessages {
  return (values) => {
    const kept = messagesIn(values);
    const rest = type === undefined ? {} : Object.fromEntries(Object.entries(kept).filter(([name]) => name !== type));
    if (Object.keys(rest).length > 0) values['flash'] = rest;
    else delete values['flash'];
    if (type === undefined) return kept;
    return Object.hasOwn(kept, type) ? (kept[type] ?? []) : [];
  };
}

/** As it may have been left by others. */
function messagesIn(values: SessionValues): FlashMessages {
  const flash = Object.hasOwn(values, 'flash') ? values['flash'] : undefined;
  if (!isObject(flash)) return {};
  return Object.fromEntries(
    Object.entries(flash)
      .filter(([type, messages]) => isDataKey(type) && Array.isArray(messages))
      .map(([type, messages]) => [type, (messages as unknown[]).map(String)]),
  );
}
