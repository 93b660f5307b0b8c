import { registerAs } from '@nestjs/config';
import { readSettings, type Environment } from './read-settings.js';

/** What `ConfigModule.forRoot({ load })` gets the settings from. */
export const settingsFrom = (env: Environment) => registerAs('settings', () => readSettings(env));
