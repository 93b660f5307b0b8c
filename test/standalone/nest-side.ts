import type { SessionModuleOptions } from 'nest-session';
import { onTestFinished } from 'vitest';
import { startTestApp, type TestApp } from '../support/test-app.js';
import type { HttpClient } from '../support/http-client.js';

/** A Nest application for one test. */
export async function startNest(options: SessionModuleOptions): Promise<TestApp> {
  const app = await startTestApp('express', options);
  onTestFinished(() => app.close());
  return app;
}

/** The Cookie header of a browser. */
export const cookieOf = (client: HttpClient): Promise<string> => client.jar.getCookieString(client.baseUrl);

/** What Nest answers somebody with this cookie, where only people may in that are logged in. */
export const statusOf = async (app: TestApp, cookie: string | undefined): Promise<number> =>
  (await app.client().get('/me', cookie === undefined ? {} : { cookie })).status;
