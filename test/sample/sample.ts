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
  /** A browser with a signed-in user. */
  signIn(who: Person): Promise<HttpClient>;
  close(): Promise<void>;
}

Logger.overrideLogger(false);

/** What a person signs in with. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

export const john: Person = { username: 'johnDoe', password: 'password123' };
export const jane: Person = { username: 'janeSmith', password: 'securePass' };

export async function startSample(env: Readonly<Record<string, string>>): Promise<Sample> {
  const app = await createApp(env);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const open = async (from?: HttpClient): Promise<HttpClient> => {
    const client = new HttpClient(url);
    for (const cookie of (await from?.jar.getCookies(from.baseUrl)) ?? []) await client.jar.setCookie(cookie, url);
    return client;
  };
  return {
    app,
    url,
    client: open,
    async signIn(who) {
      const client = await open();
      const { status } = await client.post('/auth/login', who);
      if (status !== 200) throw new Error(`The login of ${who.username} was answered ${status}.`);
      return client;
    },
    close: () => app.close(),
  };
}
