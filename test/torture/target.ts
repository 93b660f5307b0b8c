import type { Compiled } from './compile.js';
import { post } from './http.js';
import { ServerProcess } from './server-process.js';
import type { ServerSettings, StoreSettings } from './servers/settings.js';

export type TargetName = 'nest-session' | 'express-session + connect-redis';

/** Two or more processes that share their sessions. */
export interface Fleet {
  readonly servers: readonly [ServerProcess, ServerProcess];
  stop(): Promise<void>;
}

/** What is tortured. Both kinds of server answer the same routes. */
export interface Target {
  readonly name: TargetName;
  readonly stores: readonly StoreSettings['kind'][];
  start(store: StoreSettings, more?: Omit<ServerSettings, 'store'>): Promise<Fleet>;
  startOne(settings: ServerSettings): Promise<ServerProcess>;
  /** The key under which Redis has the session of a cookie. */
  keyOf(cookie: string): string;
  /** Whether what Redis has under that key is a session that this very cookie opens. */
  isOpenedBy(cookie: string, stored: string): boolean;
}

/** Logs in and hands back the cookie. */
export async function login(
  url: string,
  body: { id?: string; lifetime?: number; idle?: number } = {},
  cookie?: string,
): Promise<string> {
  const answer = await post(`${url}/login`, cookie, { id: 'u1', ...body });
  if (answer.status !== 200 || !answer.cookie) throw new Error(`A login was answered ${answer.status}: ${answer.text}`);
  return answer.cookie;
}

/** The targets, each a server of the same name in `./servers`. */
export const targets = (compiled: Compiled): readonly Target[] => [
  target('nest-session', compiled.server('nest'), ['redis', 'sentinel', 'cluster', 'sqlite'], 's2:'),
  target('express-session + connect-redis', compiled.server('express'), ['redis', 'sentinel', 'cluster'], 's:'),
];

/** What nest-session writes into a record of its own. */
interface StoredFacts {
  readonly __nest_session?: { readonly secret?: { readonly generation: number } };
}

function target(name: TargetName, file: string, stores: Target['stores'], prefix: string): Target {
  const partsOf = (cookie: string): string[] => decodeURIComponent(cookie).slice(prefix.length).split('.');
  const startOne = (settings: ServerSettings): Promise<ServerProcess> => ServerProcess.start(file, settings);
  return {
    name,
    stores,
    startOne,
    async start(store, more) {
      const servers = await Promise.all([
        startOne({ ...more, store, platform: 'express' }),
        startOne({ ...more, store, platform: 'fastify' }),
      ]);
      return { servers, stop: async () => void (await Promise.all(servers.map((server) => server.kill()))) };
    },
    keyOf: (cookie) => `sess:${partsOf(cookie)[0] ?? ''}`,
    // A key without a secret of its own is the secret. A tombstone has none either, and is no session.
    isOpenedBy(cookie, stored) {
      const { __nest_session: facts } = JSON.parse(stored) as StoredFacts;
      return facts === undefined || facts.secret?.generation === Number(partsOf(cookie)[1]);
    },
  };
}
