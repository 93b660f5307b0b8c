// Logs a user in and more on the server engine, as one process of several. Arguments: the URL of Redis or the ports of a
// Cluster, what to do, the
// user, how often (for `die`: after how many calls of the store), and the options of the module as JSON. Prints the tokens
// of the sessions that it made.
import type { IncomingMessage } from 'node:http';
import { Cluster, Redis } from 'ioredis';
import type { HeldSession } from '../../../libs/session/src/engine/session-engine.js';
import { ServerEngine } from '../../../libs/session/src/server/server.engine.js';
import { SessionEvents } from '../../../libs/session/src/events/session-events.js';
import { resolveOptions } from '../../../libs/session/src/options/resolve-options.js';
import { redisStore } from '../../../libs/session/src/redis/redis.store.js';

const [url = '', what = 'login', userId = 'u1', times = '1', given = '{}'] = process.argv.slice(2);
/** The ports of a Cluster, or the URL of a server. */
const connect = (): Redis | Cluster =>
  /^\d/.test(url)
    ? new Cluster(url.split(',').map((port) => ({ host: '127.0.0.1', port: Number(port) })))
    : new Redis(url);
const connection = connect();
// So many logins at once may be answered late.
const store = redisStore({ client: connection, commandTimeout: 10_000 });
await store.ping();
if (what === 'die') dieAfter(Number(times));
const options = resolveOptions({ secret: 'a secret for tests that is long enough', store, ...JSON.parse(given) }, {});
const engine = new ServerEngine(options, new SessionEvents(), store);
const req = {} as IncomingMessage;
const user = { id: userId };
const cookie = { originalMaxAge: null, expires: null, path: '/' };

/** Ends this process without warning as soon as so many calls of the store were answered. */
function dieAfter(calls: number): void {
  let answered = 0;
  const mortal = <T extends object>(target: T, methods: readonly (keyof T & string)[]): void => {
    for (const name of methods) {
      const method = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
      const call = async (...args: unknown[]): Promise<unknown> => {
        const answer = await method(...args);
        if (++answered === calls) process.kill(process.pid, 'SIGKILL');
        return answer;
      };
      Object.defineProperty(target, name, { value: call });
    }
  };
  mortal(store, ['read', 'readFresh', 'create', 'save', 'renew', 'delete']);
  mortal(store.index, ['revokedBefore', 'add', 'extend', 'remove', 'members', 'revokeBefore']);
}

async function login(): Promise<HeldSession | undefined> {
  const revokedBefore = await engine.revokedBefore('user', userId);
  const now = Date.now();
  const times = { createdAt: now, authenticatedAt: now, lastSeenAt: now, expiresAt: now + 60_000 };
  const record = {
    data: { user },
    cookie,
    ...times,
    ...(revokedBefore !== undefined && { revokedBefore: { user: revokedBefore } }),
  };
  try {
    return await engine.create(engine.begin(req), record);
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^SESSION_(LIMIT|GONE)$/.test(String(error.code)))
      return undefined;
    throw error;
  }
}

const rotate = (held: HeldSession) => engine.rotate(held, { req, by: 'asked', next: (theirs) => theirs });

/** Gives a session another secret, as a change of rights does. */
async function raise({ token }: HeldSession): Promise<HeldSession> {
  const found = await engine.find(token);
  const next = found.status === 'live' && (await rotate(found.held));
  if (!next) throw new Error(`a session that is used is ${found.status}`);
  return next;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a login was refused');
  return value;
}

/** Three logins where there is room for two, two new secrets, and a log-out. */
async function live(): Promise<void> {
  await login();
  const second = await raise(required(await login()));
  const third = required(await login());
  await raise(second);
  await engine.end(third, 'signed-out');
}

/** All processes begin in the same moment: when the test says so. */
async function start(): Promise<void> {
  const client = connect();
  process.stdout.write('ready\n');
  await client.blpop('start', 0);
  client.disconnect();
}

/** Renews sessions that are there and gives them new secrets, until they are ended. */
async function last(sessions: readonly HeldSession[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ token: first }) => {
      for (let [token, turn]: [string, number] = [first, 0]; ; turn++) {
        const found = await engine.find(token);
        if (found.status !== 'live') return;
        if (turn % 2 === 0) await engine.renew(found.held);
        else {
          const next = await rotate(found.held);
          if (!next) return;
          ({ token } = next);
        }
      }
    }),
  );
}

if (what === 'login' || what === 'last') {
  const logins = () => Promise.all(Array.from({ length: Number(times) }, () => login()));
  const held = (all: readonly (HeldSession | undefined)[]) => all.filter((one) => one !== undefined);
  if (what === 'login') {
    await start();
    for (const { token } of held(await logins())) process.stdout.write(`${token}\n`);
  } else {
    const sessions = held(await logins());
    await start();
    await last(sessions);
  }
} else await live();
await store.close();
connection.disconnect();
