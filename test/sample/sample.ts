import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app.factory.js';
import { HttpClient } from '../support/http-client.js';

/** The sample application, listening on a free port. */
export interface Sample {
  readonly app: NestExpressApplication;
  readonly url: string;
  /** A browser that has not been here before, or that knows the cookies of another one. */
  client(from?: HttpClient): Promise<HttpClient>;
  close(): Promise<void>;
}

Logger.overrideLogger(false);

export const john = { username: 'johnDoe', password: 'password123' };
export const jane = { username: 'janeSmith', password: 'securePass' };

export async function startSample(env: Readonly<Record<string, string>>): Promise<Sample> {
  const app = await createApp(env);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    app,
    url,
    client: async (from) => {
      const client = new HttpClient(url);
      for (const cookie of (await from?.jar.getCookies(from.baseUrl)) ?? []) await client.jar.setCookie(cookie, url);
      return client;
    },
    close: () => app.close(),
  };
}

/** A folder that is deleted at the end. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'nest-session-sample-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
