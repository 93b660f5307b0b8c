import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { SessionEvents, SessionModule, type SessionModuleOptions } from 'nest-session';
import { HttpClient } from '../support/http-client.js';
import { startApp, type Platform } from '../support/nest-app.js';
import { recordEvents, type RecordedEvent } from '../support/record-events.js';

export const SECRET = 'Jm2k-nJwq8Yx0Zt5vQ7rLc4hTb1uSd9e';

/** An application that listens, and what happened in it. */
export interface FaultApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly events: RecordedEvent[];
  client(): HttpClient;
  close(): Promise<void>;
}

export interface FaultSetup extends ModuleMetadata {
  readonly options?: SessionModuleOptions;
  /** Before it listens. */
  prepare?(app: INestApplication): void;
}

/** Starts an application of a few lines on a free port. */
export async function startFaultApp(
  platform: Platform,
  { options, prepare, ...metadata }: FaultSetup,
): Promise<FaultApp> {
  @Module({
    ...metadata,
    imports: [SessionModule.forRoot({ secret: SECRET, ...options }), ...(metadata.imports ?? [])],
  })
  class AppModule {}
  const { app, url } = await startApp(platform, AppModule, prepare);
  return {
    app,
    url,
    events: recordEvents(app.get(SessionEvents)),
    client: () => new HttpClient(url),
    close: () => app.close(),
  };
}
