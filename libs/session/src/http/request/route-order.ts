import type { HttpAdapterHost } from '@nestjs/core';

/** Of Fastify: a segment that is written out goes before a parameter, and that before the rest. */
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

/** Routes in the order in which the router takes them: on Express the first one that fits, on Fastify the one that fits best. */
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
