import { checkSettings } from '../../shared/settings.ts';

// Next itself would go on, and answer every request with an error.
try {
  checkSettings();
  process.stdout.write('The web application is ready\n');
} catch (error) {
  process.stderr.write(`The web application cannot start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
