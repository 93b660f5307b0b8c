// Lets Node find no @nestjs/swagger, as in a project that has not installed it.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier === '@nestjs/swagger' ? '@nestjs/swagger-is-not-installed' : specifier, context),
});
