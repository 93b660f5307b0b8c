/** The part of an Express application that is used, so that its types need not be installed. */
interface ExpressInstance {
  readonly router?: { readonly stack?: { readonly handle?: { readonly name?: string } }[] };
}

// The names by which Nest itself checks whether they are mounted.
const PARSERS = new Set(['jsonParser', 'urlencodedParser', 'rawParser', 'textParser']);

/**
 * Puts a middleware before the body parsers, which are mounted when modules are configured: their errors reach exception
 * filters, which may read the session. A second one stays after them, because a parser may lose the context.
 * @param mount mounts it at the end
 */
export function mountOnExpress(instance: ExpressInstance, mount: () => void): void {
  mount();
  const stack = instance.router?.stack;
  const first = stack?.findIndex(({ handle }) => PARSERS.has(handle?.name ?? '')) ?? -1;
  if (!stack || first === -1) return;
  const ours = stack.pop();
  if (ours) stack.splice(first, 0, ours);
  mount();
}
