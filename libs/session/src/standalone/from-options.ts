/**
 * Creates something from options: now, or, if the options are a function, at the first use. A failure is tried again at the
 * next use.
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
