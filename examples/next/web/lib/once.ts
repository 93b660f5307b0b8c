const kept = globalThis as typeof globalThis & { [name: symbol]: unknown };

/**
 * Makes something once per process. Next bundles the proxy, the App Router and the Pages Router apart, and loads modules
 * again while you develop: on globalThis they share one connection.
 */
export function once<T>(name: string, make: () => T): () => T {
  const key = Symbol.for(`example-next:${name}`);
  return () => (kept[key] ??= make()) as T;
}
