import { isDataKey, isObject, type SessionValues } from '../core/record.js';
import { SessionUsageError } from '../errors/session-usage.error.js';

/** Messages by type. */
export type FlashMessages = Record<string, string[]>;

/** Of one type, in case nobody ever shows them. */
const MOST = 20;

/** Keeps a message. @throws `SessionUsageError` if it is no text */
export function flashInto(type: string, message: string): (values: SessionValues) => void {
  if (typeof type !== 'string' || !isDataKey(type) || typeof message !== 'string')
    throw SessionUsageError.value('flash()', 'takes a type and a text.');
  return (values) => {
    const kept = messagesIn(values);
    values['flash'] = { ...kept, [type]: [...(kept[type] ?? []), message].slice(-MOST) };
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
