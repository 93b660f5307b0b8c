import type { Type } from '@nestjs/common';
import type * as Swagger from '@nestjs/swagger';
import { SessionDeviceDto, SessionDeviceListDto, SessionsEndedDto } from './session-device.dto.js';

type OpenApi = typeof Swagger;
type Load = () => Promise<OpenApi>;

/**
 * @nestjs/swagger, if the application has it.
 * @throws what importing it throws, unless it is not installed
 */
export async function loadOpenApi(load: Load = () => import('@nestjs/swagger')): Promise<OpenApi | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
  error.message.includes('@nestjs/swagger');

/** Describes the response bodies. */
export function describeModels(api: OpenApi): void {
  const property = (model: Type, key: string, options: Parameters<OpenApi['ApiProperty']>[0]): void =>
    api.ApiProperty(options)(model.prototype as object, key);
  const time = { type: String, format: 'date-time' };
  const text = { type: String };

  property(SessionDeviceDto, 'handle', { ...text, description: 'Public name of the session; never its id.' });
  property(SessionDeviceDto, 'current', { type: Boolean, description: 'Whether it is the session of this request.' });
  property(SessionDeviceDto, 'device', { ...text, nullable: true, example: 'Firefox on Windows' });
  property(SessionDeviceDto, 'ip', { ...text, nullable: true, example: '203.0.113.7' });
  property(SessionDeviceDto, 'createdAt', time);
  property(SessionDeviceDto, 'authenticatedAt', { ...time, nullable: true });
  property(SessionDeviceDto, 'lastSeenAt', time);
  property(SessionDeviceDto, 'expiresAt', { ...time, nullable: true, description: 'Null for a session without end.' });
  property(SessionDeviceDto, 'impersonatedBy', { ...text, nullable: true, description: 'Who acts as the user there.' });
  property(SessionDeviceListDto, 'sessions', { type: [SessionDeviceDto] });
  property(SessionsEndedDto, 'ended', {
    type: Number,
    nullable: true,
    description: 'How many; null where the store cannot count.',
  });
}

interface Route {
  readonly summary: string;
  readonly answer: Type | undefined;
  readonly parameters?: readonly string[];
  readonly notFound?: boolean;
  readonly recentLogin?: boolean;
}

const OWN: Readonly<Record<string, Route>> = {
  list: { summary: 'Lists your sessions', answer: SessionDeviceListDto },
  endOthers: { summary: 'Ends your other sessions', answer: SessionsEndedDto, recentLogin: true },
  end: {
    summary: 'Ends one of your sessions',
    answer: undefined,
    parameters: ['handle'],
    notFound: true,
    recentLogin: true,
  },
};

const ADMIN: Readonly<Record<string, Route>> = {
  list: { summary: 'Lists the sessions of a user', answer: SessionDeviceListDto, parameters: ['userId'] },
  endAll: {
    summary: 'Ends every session of a user',
    answer: SessionsEndedDto,
    parameters: ['userId'],
    recentLogin: true,
  },
  end: {
    summary: 'Ends a session of a user',
    answer: undefined,
    parameters: ['userId', 'handle'],
    notFound: true,
    recentLogin: true,
  },
};

/** Describes the routes of a controller. @param admin whether it is that for administrators */
export function describeController(api: OpenApi, controller: Type, admin: boolean): void {
  api.ApiTags('sessions')(controller);
  api.ApiUnauthorizedResponse({ description: 'No user is signed in (SIGN_IN_REQUIRED).' })(controller);
  for (const [key, route] of Object.entries(admin ? ADMIN : OWN)) {
    const target = controller.prototype as object;
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (!descriptor) throw new TypeError(`${controller.name} has no ${key}().`);
    const apply = (decorator: MethodDecorator): void => void decorator(target, key, descriptor);
    apply(api.ApiOperation({ summary: route.summary }));
    apply(
      route.answer ? api.ApiOkResponse({ type: route.answer }) : api.ApiNoContentResponse({ description: 'Ended.' }),
    );
    for (const name of route.parameters ?? []) apply(api.ApiParam({ name, type: String }));
    if (route.notFound) apply(api.ApiNotFoundResponse({ description: 'No such session (SESSION_NOT_FOUND).' }));
    const refusals = [
      ...(admin ? ['The user lacks the role (SESSION_ROLE_REQUIRED).'] : []),
      ...(route.recentLogin ? ['The last authentication was too long ago (SESSION_REAUTH_REQUIRED).'] : []),
    ];
    if (refusals.length > 0) apply(api.ApiForbiddenResponse({ description: refusals.join(' ') }));
  }
}
