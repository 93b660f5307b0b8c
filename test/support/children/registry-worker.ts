// Logs a user in and more on the server engine, as one process of several. Arguments: the URL of Redis or the ports of a
// Cluster, what to do, the
// user, how often (for `die`: after how many calls of the store), and the options of the module as JSON. Prints the ids of
// the sessions that it made.
import { Cluster, Redis } from 'ioredis';
import { generateSessionId } from '../../../libs/session/src/core/session-id.js';
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
const store = redisStore({ client: connection });
await store.ping();
if (what === 'die') dieAfter(Number(times));
const options = resolveOptions({ secret: 'a secret for tests that is long enough', store, ...JSON.parse(given) }, {});
const engine = new ServerEngine(options, new SessionEvents(), store);
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
  mortal(store.index, ['epochOf', 'enter', 'prolong', 'leave', 'members', 'advance']);
}

async function login(previous?: string): Promise<string | undefined> {
  const id = generateSessionId();
  const epoch = await engine.epochOf(user);
  const now = Date.now();
  const times = { createdAt: now, authenticatedAt: now, lastSeenAt: now, expiresAt: now + 60_000 };
  const record = { data: { user }, cookie, ...times, ...(epoch !== undefined && { epoch }) };
  try {
    await engine.create(id, record, previous);
    return id;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^SESSION_(LIMIT|GONE)$/.test(String(error.code)))
      return undefined;
    throw error;
  }
}

/** Gets a new id, as a change of rights does. */
async function rotate(id: string): Promise<string> {
  const found = await engine.find(id);
  const before = found.status === 'live' && (await engine.retire(id, found.stored, true));
  if (!before) throw new Error(`a session that is used is ${found.status}`);
  const next = generateSessionId();
  await engine.create(next, before.record, id);
  return next;
}

/** Three logins where there is room for two, a new id, and a log-out. */
async function live(): Promise<void> {
  await login();
  const second = await rotate((await login()) ?? '');
  const third = await login();
  await rotate(second);
  await engine.delete(third ?? '');
}

/** All processes begin in the same moment: when the test says so. */
async function start(): Promise<void> {
  const client = connect();
  process.stdout.write('ready\n');
  await client.blpop('start', 0);
  client.disconnect();
}

/** Gives sessions that are there new ids and renews them, until they are ended. */
async function last(ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map(async (first) => {
      for (let [id, turn]: [string, number] = [first, 0]; ; turn++) {
        const found = await engine.find(id);
        if (found.status !== 'live') return;
        if (turn % 2 === 0) await engine.renew(id, found.stored, cookie);
        else {
          const before = await engine.retire(id, found.stored, true);
          if (!before) return;
          const next = generateSessionId();
          await engine.create(next, before.record, id).catch(() => undefined);
          id = next;
        }
      }
    }),
  );
}

if (what === 'login') {
  await start();
  const ids = await Promise.all(Array.from({ length: Number(times) }, () => login()));
  for (const id of ids) if (id !== undefined) process.stdout.write(`${id}\n`);
} else if (what === 'last') {
  const ids = await Promise.all(Array.from({ length: Number(times) }, () => login()));
  await start();
  await last(ids.filter((id) => id !== undefined));
} else await live();
await store.close();
connection.disconnect();
