// Another process beside one with a near-cache. Arguments: the URL of Redis, what to do, and how often.
//
// `end`: deletes the sessions `0`, `1`, ... and prints when each deletion was answered (ms since the epoch).
// `read`: reads the session `k` over and over with a near-cache of its own, and prints what the first read after a pause
// of more than a second found: the pauses are those of this process.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { redisStore } from '../../../libs/session/src/redis/redis.store.js';
import { isStoredSession } from '../../../libs/session/src/stores/session-store.js';

const [url = '', what = '', times = '0'] = process.argv.slice(2);
const now = (): number => performance.timeOrigin + performance.now();

if (what === 'end') {
  const store = redisStore({ url });
  await store.ping();
  for (let n = 0; n < Number(times); n++) {
    await store.delete(String(n));
    console.log(now());
    await sleep(5);
  }
  await store.close();
} else {
  const store = redisStore({ url, nearCache: { maxAge: '1h' } });
  await store.ping();
  let before = now();
  const found = async () => {
    const stored = await store.read('k');
    return isStoredSession(stored) ? stored.record.data['n'] : undefined;
  };
  for (let n = 0; n < 1000; n++) await found();
  console.log('reading');
  for (let told = 0; told < Number(times);) {
    const began = now();
    const value = await found();
    if (began - before > 1000) {
      console.log(value);
      told += 1;
    }
    before = began;
    await nextTurn();
  }
  await store.close();
}
