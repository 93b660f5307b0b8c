import { Reflector } from '@nestjs/core';

/**
 * Lets everybody in where `AuthGuard` is global. On a handler or a controller.
 *
 * @example
 * @Public()
 * @Post('login')
 */
export const Public = Reflector.createDecorator<boolean | undefined, boolean>({
  // A name of our own, so that two copies of this package understand each other.
  key: 'nest-session:public',
  transform: (value) => value ?? true,
});
