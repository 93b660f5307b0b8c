// Adds to `n` of one session, as often as told, and prints each write that was acknowledged before the next one.
// Arguments: the file, the key, how often.
import { sqliteStore } from '../../../libs/session/src/sqlite/sqlite.store.js';
import { isStoredSession } from '../../../libs/session/src/stores/session-store.js';
import { aRecord } from '../records.js';

const [path = '', key = '', times = '1'] = process.argv.slice(2);
const filler = 'x'.repeat(8 * 1024);
const store = sqliteStore({ path, busyTimeout: 10_000 });

for (let time = 0; time < Number(times); time++) {
  let n = 0;
  for (;;) {
    const found = await store.read(key);
    n = Number(isStoredSession(found) ? found.record.data['n'] : 0) + 1;
    const record = aRecord(Date.now(), { data: { n, filler } });
    if (found ? (await store.save(key, record, found.version)).status === 'saved' : await store.create(key, record))
      break;
  }
  // The next write begins when the pipe has this line.
  await new Promise((resolve) => process.stdout.write(`${n}\n`, resolve));
}
await store.close();
