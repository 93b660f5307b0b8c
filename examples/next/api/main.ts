import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { checkSettings, settings } from '../shared/settings.ts';
import { AppModule } from './app.module.ts';

try {
  checkSettings();
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    abortOnError: false,
    logger: ['warn', 'error', 'fatal'],
  });
  // Only Next asks this API, and for the browser PUBLIC_URL is secure: https, or localhost, which browsers treat alike.
  app.set('trust proxy', 'loopback');
  app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
    request.headers['x-forwarded-proto'] = 'https';
    next();
  });
  app.useSecurityHeaders();
  // Next asks for the origin that the browser sees, and not for the one of the API.
  app.enableCsrfProtection({ trustedOrigins: [settings.publicUrl.origin] });
  app.enableShutdownHooks();
  const { hostname, port } = settings.apiUrl;
  await app.listen(port, hostname);
  process.stdout.write(`The API is ready: ${settings.apiUrl.origin}\n`);
} catch (error) {
  process.stderr.write(`The API cannot start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
