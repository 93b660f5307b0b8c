import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const here = (path: string): string => new URL(path, import.meta.url).href;

async function run(...hooks: string[]): Promise<unknown> {
  const flags = ['../sample/source-hooks.mjs', ...hooks].flatMap((hook) => ['--import', here(hook)]);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, fileURLToPath(here('./devices-app.ts'))]);
  return JSON.parse(stdout);
}

it.each([
  ['with', [], 'there'],
  ['without', ['./without-swagger-hooks.mjs'], 'ERR_MODULE_NOT_FOUND'],
])('SessionDevicesModule works %s @nestjs/swagger', async (_how, hooks, swagger) => {
  expect(await run(...hooks)).toEqual({ swagger, sessions: 1, ended: { ended: 0 } });
});
