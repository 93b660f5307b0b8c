import { Reflector } from '@nestjs/core';

/**
 * Lets in all requests where `AuthGuard` is global. On a handler or a controller.
 *
 * @example
 * @Public()
 * @Post('login')
 */
export const Public = Reflector.createDecorator<boolean | undefined, boolean>({
  // A fixed key, so that it works with two installed copies of this package.
  key: 'nest-session:public',
  transform: (value) => value ?? true,
});
