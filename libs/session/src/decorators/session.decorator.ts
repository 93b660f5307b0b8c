import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { SessionContextError } from '../errors/session-context.error.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';

/**
 * The request's session, or one of its values.
 *
 * @param key name of a value
 * @example
 * @Get('cart')
 * cart(@Session() session: SessionObject, @Session('cart') cart: Item[] | undefined) { ... }
 */
export const Session: (key?: string) => ParameterDecorator = createParamDecorator(
  async (key: string | undefined, context: ExecutionContext): Promise<unknown> => {
    const request = sessionOfRequest(requestOf(context));
    if (!request) throw SessionContextError.outsideRequest('@Session()');
    if (!request.state.loaded) await request.load();
    const { session } = request;
    if (key === undefined || !session) return session;
    return Object.hasOwn(session, key) ? (session as unknown as Record<string, unknown>)[key] : undefined;
  },
);
