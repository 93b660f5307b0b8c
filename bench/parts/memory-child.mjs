// Fills one store in the heap and prints what it grew by: `node --expose-gc memory-child.mjs <kind> <sessions>`.
import expressSession from 'express-session';
import { memoryStore } from '../../libs/session/dist/index.js';
import { engineOf, logIn, recordOf, userOf } from './sessions.mjs';

const [kind, count] = [process.argv[2], Number(process.argv[3])];
const WARM = 1_000;
/** Letters of a token: name, generation and secret. */
const TOKEN = 68;

/** As long as an id of express-session. */
const expressId = (n) => `${String(n).padStart(8, '0')}${'i'.repeat(24)}`;

const kinds = {
  'nest-session': () => {
    const store = memoryStore({ maxSessions: count * 2 });
    const engine = engineOf(store);
    // What the bench itself remembers is there before anything is measured.
    const tokens = Buffer.alloc((count + WARM) * TOKEN);
    const heldOf = async (n) => (await engine.find(tokens.latin1Slice(n * TOKEN, (n + 1) * TOKEN))).held;
    return {
      fill: (from, to) => logIn(engine, from, to, { note: (n, { token }) => tokens.write(token, n * TOKEN) }),
      async renew() {
        for (let n = 0; n < count + WARM; n++) await engine.renew(await heldOf(n));
      },
      textOf: async (n) => (await heldOf(n)).stored.version,
    };
  },
  'express-session': () => {
    const store = new expressSession.MemoryStore();
    const { cookie } = recordOf(0);
    const put = (n) => store.set(expressId(n), { cookie, ...userOf(n) }, () => undefined);
    return {
      async fill(from, to) {
        for (let n = from; n < to; n++) put(n);
      },
      async renew() {
        for (let n = 0; n < count + WARM; n++) put(n);
      },
      async textOf(n) {
        return store.sessions[expressId(n)];
      },
    };
  },
};

const measured = async () => {
  // What a collection frees only after callbacks have run.
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
};

const store = kinds[kind]();
// Code and tables that the first sessions bring along are none of theirs.
await store.fill(0, WARM);
const before = await measured();
await store.fill(WARM, WARM + count);
const after = await measured();
await store.renew();
const renewed = await measured();
let bytes = 0;
for (let n = 0; n < WARM; n++) bytes += Buffer.byteLength(await store.textOf(WARM + n));
const each = (figure) => figure / count;
console.log(
  JSON.stringify({
    heap: each(after.heap - before.heap),
    renewed: each(renewed.heap - before.heap),
    rss: each(after.rss - before.rss),
    serialized: bytes / WARM,
  }),
);
process.exit(0);
