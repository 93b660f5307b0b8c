/**
 * What is made from options: now, or, if a function gives them, when it is first asked for, and again as long as that
 * fails.
 */
export function fromOptions<Options extends object, T>(
  options: Options | (() => Options),
  make: (options: Options) => T,
): () => T {
  if (!isFunction(options)) {
    const made = make(options);
    return () => made;
  }
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make(options()) }).value;
}

const isFunction = <T extends object>(value: T | (() => T)): value is () => T => typeof value === 'function';
