import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { SETTINGS, type Settings } from './config/settings.js';
import type { Environment } from './config/read-settings.js';
import { secure } from './security.js';

/** The whole application, ready to listen. */
export async function createApp(env: Environment = process.env): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(env), { abortOnError: false });

  secure(app, app.get<Settings>(SETTINGS));
  app.useStaticAssets(join(import.meta.dirname, 'public'), { index: false, maxAge: '1h' });
  app.setBaseViewsDir(join(import.meta.dirname, 'views'));
  app.setViewEngine('hbs');
  app.enableShutdownHooks();
  return app;
}
