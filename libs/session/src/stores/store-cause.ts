/** How many characters of a message are kept. */
const MAX_MESSAGE_LENGTH = 500;
/** Shorter texts are not removed: they reveal nothing and occur in any word. */
const MIN_SECRET_LENGTH = 4;

/**
 * A copy of an error of a store that is safe for logs: its name, its code, and its message without the arguments, which
 * databases often quote, and without the password of a URL.
 * @param given the arguments of the operation
 */
export function safeCause(error: unknown, given: readonly unknown[]): Error {
  const { name, code, message } = (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  ) as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
  };
  const copy = new Error(withoutSecrets(typeof message === 'string' ? message : '', given));
  copy.name = isWord(name) ? name : 'Error';
  delete copy.stack;
  return Object.assign(copy, isWord(code) && { code });
}

/** Its name and code, as a message ends with them. */
export function nameOfCause(cause: Error): string {
  const { code } = cause as { code?: unknown };
  const named = cause.name === 'Error' ? undefined : cause.name;
  const words = [named, typeof code === 'string' ? code : undefined].filter((word) => word !== undefined);
  return words.length > 0 ? ` with ${words.join(' ')}` : '';
}

function withoutSecrets(message: string, given: readonly unknown[]): string {
  let text = message.slice(0, MAX_MESSAGE_LENGTH).replace(/:\/\/[^\s/@]*@/g, '://***@');
  // The longest first: otherwise a part of it would be removed, and the rest would stay.
  for (const secret of [...textsIn(given)].sort((one, other) => other.length - one.length))
    text = text.replaceAll(secret, '***');
  return text;
}

/** Every text and number in a value, and how JSON writes it. */
function textsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    if (text.length >= MIN_SECRET_LENGTH) found.add(text).add(JSON.stringify(text).slice(1, -1));
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) textsIn(part, found);
  }
  return found;
}

const isWord = (value: unknown): value is string => typeof value === 'string' && /^\w{1,60}$/.test(value);
