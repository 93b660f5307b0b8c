// What a list, a count and a login with a limit cost, with ten thousand, a hundred thousand and a million sessions in
// Redis: `npm run bench:registry`. Sessions are loaded as the store would have written them.
import { Redis } from 'ioredis';
import { encodeRecord, indexKeyName } from '../libs/session/dist/store/index.js';
import { newSecret, newSessionName, tokenText } from '../libs/session/dist/core/session-token.js';
import { redisStore } from '../libs/session/dist/redis/index.js';
import { startRedis } from './lib/processes.ts';
import { median } from './lib/statistics.ts';
import { engineOf, secretOf } from './parts/sessions.mjs';

const SIZES = (process.env.SIZES ?? '10000,100000,1000000').split(',').map(Number);
const KS = [1, 10, 100];
const ROUNDS = Number(process.env.ROUNDS ?? 200);
const HOUR = 3_600_000;
/** Most users have a few sessions. */
const EACH = 4;
const BATCH = 2_000;

const show = ({ us, commands }) => `${Math.round(us)} µs, ${commands.toFixed(1)}`;

const setOf = (index, value) => `sess:index:${indexKeyName({ index, value })}`;
const recordOf = (userId, now) => ({
  data: { user: { id: userId, roles: ['user'] } },
  cookie: { originalMaxAge: null, expires: null, path: '/', httpOnly: true, secure: true, sameSite: 'lax' },
  createdAt: now,
  authenticatedAt: now,
  lastSeenAt: now,
  facts: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
  expiresAt: now + HOUR,
});

/** Puts sessions of a user into a pipeline. */
function load(pipeline, userId, count, now) {
  for (let n = 0; n < count; n++) {
    const key = newSessionName();
    const secret = secretOf(tokenText(key, 0, newSecret()), now - n);
    const member = `${now - n}:${key}`;
    const end = now + 2 * HOUR;
    pipeline.set(
      `sess:${key}`,
      encodeRecord({ ...recordOf(userId, now - n), secret, revokedBefore: { user: 0 } }),
      'PX',
      2 * HOUR,
    );
    pipeline.zadd(setOf('user', userId), end, member);
  }
  pipeline.pexpire(setOf('user', userId), 2 * HOUR);
}

/** Microseconds and commands of one call, of many. */
async function measure(redis, rounds, call) {
  for (let i = 0; i < 20; i++) await call(i);
  const sent = async () => Number(/^total_commands_processed:(\d+)/m.exec(await redis.info('stats'))[1]);
  const before = await sent();
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const start = process.hrtime.bigint();
    await call(20 + i);
    times.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  // INFO counts itself.
  return { us: median(times), commands: ((await sent()) - before - 1) / rounds };
}

const server = await startRedis();
const rows = [];
try {
  const redis = new Redis(server.url);
  const store = redisStore({ url: server.url });
  await store.ping();
  const engine = engineOf(store);
  const login = async (on, userId) => {
    const user = await on.revokedBefore('user', userId);
    await on.create(on.begin({}), { ...recordOf(userId, Date.now()), revokedBefore: { user } });
  };
  let loaded = 0;
  for (const size of SIZES) {
    while (loaded < size) {
      const pipeline = redis.pipeline();
      for (let n = 0; n < BATCH && loaded < size; n += EACH, loaded += EACH)
        load(pipeline, `crowd${loaded}`, EACH, Date.now());
      await pipeline.exec();
    }
    for (const k of KS) {
      const pipeline = redis.pipeline();
      load(pipeline, `listed${k}at${size}`, k, Date.now());
      // A login at the limit ends one session, so the user has k again after it.
      load(pipeline, `limited${k}at${size}`, k, Date.now());
      await pipeline.exec();
      loaded += 2 * k;
      const list = await measure(redis, ROUNDS, () => engine.directory.ofUser(`listed${k}at${size}`));
      const count = await measure(
        redis,
        ROUNDS,
        async () => (await engine.directory.ofUser(`listed${k}at${size}`)).length,
      );
      const room = await measure(redis, ROUNDS, (n) =>
        login(engineOf(store, { maxSessionsPerUser: 1_000 }), `new${n}k${k}at${size}`),
      );
      const limited = engineOf(store, { maxSessionsPerUser: k });
      const full = await measure(redis, ROUNDS, () => login(limited, `limited${k}at${size}`));
      loaded += ROUNDS + 20;
      rows.push({
        sessions: (await redis.dbsize()) > 0 ? size.toLocaleString('en') : '',
        'of the user (k)': k,
        list: show(list),
        count: show(count),
        'admit, there is room': show(room),
        'admit, full: one goes': show(full),
      });
    }
    console.log(`${size.toLocaleString('en')} sessions done`);
  }
  console.log(`\nMedian time and commands that Redis carried out, those within scripts included; ${ROUNDS} rounds:`);
  console.table(rows);
  await store.close();
  redis.disconnect();
} finally {
  await server.stop();
}
