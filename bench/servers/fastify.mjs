import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** A Nest application on Fastify. `prepare` of the set-up registers its plugins. */
export async function startFastify(AppModule, { prepare }) {
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return app;
}
