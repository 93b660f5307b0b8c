import { createApp } from './app.factory.js';
import { SETTINGS, type Settings } from './config/settings.js';

try {
  const app = await createApp();
  const { port } = app.get<Settings>(SETTINGS);
  await app.listen(port);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  process.stdout.write(`The sample is ready: ${url}\n`);
} catch (error) {
  process.stderr.write(`The sample cannot start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
