import type { ExecutionContext } from '@nestjs/common';

/** The request behind an execution context, over HTTP or GraphQL (whose context holds it as `req`). */
export function requestOf(context: ExecutionContext): unknown {
  if (context.getType<string>() !== 'graphql') return context.switchToHttp().getRequest<unknown>();
  const graphql = context.getArgByIndex<unknown>(2);
  return typeof graphql === 'object' && graphql !== null && 'req' in graphql ? graphql.req : undefined;
}
