import { Reflector } from '@nestjs/core';

/** The metadata of {@link Roles} for `RolesGuard`. */
export const RequiredRoles = Reflector.createDecorator<string[]>({ key: 'nest-session:roles' });

/**
 * Lets in only users with one of these roles. Needs `RolesGuard`.
 *
 * @example
 * @Roles('admin')
 * @Get('users')
 */
export const Roles = (...roles: string[]): ReturnType<typeof RequiredRoles> => RequiredRoles(roles);
