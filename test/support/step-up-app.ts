import { Module, type INestApplication } from '@nestjs/common';
import {
  AuthGuard,
  SessionEvents,
  SessionModule,
  SessionRegistry,
  StepUpGuard,
  type SessionModuleOptions,
  type SessionUser,
  type StepUpGuardOptions,
} from 'nest-session';
import { HttpClient } from './http-client.js';
import { startApp, type Platform } from './nest-app.js';
import { recordEvents, type RecordedEvent } from './record-events.js';
import { StepUpController } from './step-up.controller.js';

export interface StepUpApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly events: RecordedEvent[];
  readonly registry: SessionRegistry;
  client(): HttpClient;
  login(id?: string, extra?: object): Promise<HttpClient>;
  close(): Promise<void>;
}

export async function startStepUpApp(
  platform: Platform,
  options: SessionModuleOptions,
  guard: StepUpGuardOptions = {},
): Promise<StepUpApp> {
  @Module({
    imports: [SessionModule.forRoot({ secret: 'a secret for tests that is long enough', ...options })],
    controllers: [StepUpController],
  })
  class AppModule {}

  const { app, url } = await startApp(platform, AppModule, (it) => {
    it.useGlobalGuards(new AuthGuard(), new StepUpGuard(guard));
  });
  const events = recordEvents(app.get(SessionEvents));
  return {
    app,
    url,
    events,
    registry: app.get(SessionRegistry),
    client: () => new HttpClient(url),
    async login(id = 'u1', extra = {}) {
      const browser = new HttpClient(url);
      const response = await browser.post('/login', { id, ...extra });
      if (response.status !== 200) throw new Error(`login answered ${response.status}: ${await response.text()}`);
      return browser;
    },
    close: () => app.close(),
  };
}

export const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;

export const ascending = (one: number, other: number): number => one - other;

/** What a browser is told to be. */
export const HTML = { accept: 'text/html,application/xhtml+xml' };

export interface State {
  readonly user: SessionUser | null;
  readonly values: Record<string, unknown>;
  readonly info: {
    readonly handle: string;
    readonly createdAt: number;
    readonly authenticatedAt?: number;
    readonly expiresAt: number;
    readonly impersonatedBy?: string;
  };
  readonly actor: { readonly user: SessionUser; readonly until: number; readonly reason?: string } | null;
  readonly pending: { readonly user: SessionUser; readonly expiresAt: number } | null;
}

export const stateOf = async (client: HttpClient): Promise<State> =>
  (await (await client.get('/state')).json()) as State;
