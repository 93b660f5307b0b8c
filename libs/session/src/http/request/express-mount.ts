/** As much of an Express application as is needed, so that its types need not be installed. */
interface ExpressInstance {
  readonly router?: { readonly stack?: { readonly handle?: { readonly name?: string } }[] };
}

// Their names, by which Nest itself tells whether they are there.
const PARSERS = new Set(['jsonParser', 'urlencodedParser', 'rawParser', 'textParser']);

/**
 * Puts a middleware before the parsers of bodies, which are there when modules are configured: their errors reach
 * exception filters, which look at the session. A second one stays behind them, where a parser has lost the context.
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
