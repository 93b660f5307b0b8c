import type { HttpAdapterHost } from '@nestjs/core';

/** The order of Fastify: static segments before parameters, and those before wildcards. */
const RANKS: readonly [RegExp, string][] = [
  [/[*{]/, '2'],
  [/:/, '1'],
];

const rankOf = (path: string): string =>
  path
    .split('/')
    .map((segment) => RANKS.find(([sign]) => sign.test(segment))?.[1] ?? '0')
    .join('');

const isFastify = ({ httpAdapter }: HttpAdapterHost): boolean => httpAdapter.getType() === 'fastify';

/** Routes in the order of the router: Express takes the first match, Fastify the most specific one. */
export const ordered = <Route extends { readonly path: string }>(
  routes: readonly Route[],
  host: HttpAdapterHost,
): readonly Route[] =>
  isFastify(host) ? [...routes].sort((one, other) => (rankOf(one.path) < rankOf(other.path) ? -1 : 1)) : routes;

interface Settings {
  /** Of Express. */
  enabled?(setting: string): boolean;
  /** Of Fastify. */
  readonly initialConfig?: {
    readonly caseSensitive?: boolean;
    readonly routerOptions?: { readonly caseSensitive?: boolean };
  };
}

/** Whether `/HEALTH` is another path than `/health` to the router. */
export function isCaseSensitive(host: HttpAdapterHost): boolean {
  const router = host.httpAdapter.getInstance<Settings>();
  const { initialConfig } = router;
  if (!isFastify(host)) return router.enabled?.('case sensitive routing') ?? false;
  return initialConfig?.routerOptions?.caseSensitive ?? initialConfig?.caseSensitive ?? true;
}
