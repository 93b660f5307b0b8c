import { NestFactory } from '@nestjs/core';

/** A Nest application on Express. `prepare` of the set-up adds its middleware. */
export async function startExpress(AppModule, { prepare }) {
  const app = await NestFactory.create(AppModule, { logger: false });
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return app;
}
