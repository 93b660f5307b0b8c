import { afterAll, beforeAll, expect, it } from 'vitest';
import { redisStore } from 'nest-session/redis';
import { ALICE, BOB, CAROL } from '../interleavings/operations.js';
import {
  EMPTY,
  received,
  World,
  type Backend,
  type Jar,
  type Process,
  type RequestTools,
} from '../interleavings/world.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { startCountingProxy, type CountingProxy } from './counting-proxy.js';

let redis: RedisServer;
let proxy: CountingProxy;
let world: World;
let process: Process;
let aging: Process;
let close: () => Promise<void>;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await startCountingProxy(redis.port);
  const backend: Backend = {
    name: 'Redis',
    async begin(clock) {
      const store = redisStore({ url: `redis://127.0.0.1:${proxy.port}`, clock, commandTimeout: 10_000 });
      close = () => store.close();
      await store.ping();
      return () => store;
    },
  };
  world = await World.begin(backend);
  process = world.process();
  aging = world.process({ rotateAfter: '1m' });
  // Scripts that the server does not know yet are sent twice.
  for (const [, run] of OPERATIONS) await run();
});

afterAll(async () => {
  await close();
  proxy.stop();
  await redis.stop();
});

const sent = async (jar: Jar, work: (tools: RequestTools) => unknown, by = process) => {
  const answer = await by.request(jar, work);
  if (answer.status !== 200) throw new Error(`It was answered ${answer.status}.`, { cause: answer.error });
  return received(jar, answer.action);
};
const signedIn = () => sent(EMPTY, ({ service }) => service.login(ALICE));
const visitor = () => sent(EMPTY, ({ values }) => void (values['cart'] = 1));

/** Counts what one thing costs, after what has to be there for it. */
async function cost(jar: Jar, work: (tools: RequestTools) => unknown, by = process): Promise<string> {
  proxy.take();
  await sent(jar, work, by);
  return told(proxy.take());
}

const told = ({ commands, roundTrips }: ReturnType<CountingProxy['take']>): string =>
  `${commands.length} / ${roundTrips}`;

const handleOf = async (jar: Jar): Promise<string> => String((await world.look(jar)).handle);

/** Commands and round trips in a row, the one read of the request included where there is a request with a cookie. */
const OPERATIONS: [what: string, run: () => Promise<string>, cost: string][] = [
  ['read', async () => cost(await signedIn(), ({ service }) => service.user), '1 / 1'],
  [
    'read by the cookie of a session that is over',
    async () => {
      const jar = await signedIn();
      await sent(jar, ({ service }) => service.logout());
      return cost(jar, ({ service }) => service.user);
    },
    '1 / 1',
  ],
  ['first login', () => cost(EMPTY, ({ service }) => service.login(ALICE)), '3 / 3'],
  ['login over an anonymous session', async () => cost(await visitor(), ({ service }) => service.login(BOB)), '5 / 5'],
  ['elevate', async () => cost(await signedIn(), ({ service }) => service.elevate({ aal: 2 })), '2 / 2'],
  ['reauthenticate', async () => cost(await signedIn(), ({ service }) => service.reauthenticate()), '2 / 2'],
  [
    'rotateAfter',
    async () => {
      const jar = await signedIn();
      world.clock.advance(61_000);
      return cost(jar, ({ service }) => service.user, aging);
    },
    '2 / 2',
  ],
  ['impersonate', async () => cost(await signedIn(), ({ service }) => service.impersonate(CAROL)), '4 / 4'],
  ['logout', async () => cost(await signedIn(), ({ service }) => service.logout()), '3 / 3'],
  [
    'revoke by handle',
    async () => {
      const handle = await handleOf(await signedIn());
      proxy.take();
      await process.registry.revoke(handle);
      return told(proxy.take());
    },
    '3 / 3',
  ],
];

it.each(OPERATIONS)('%s', async (_what, run, expected) => {
  expect(await run()).toBe(expected);
});
