// Holds a store that nobody closes, and has nothing else to do.
import { memoryStore } from '../../../libs/session/src/stores/memory.store.js';
import { aRecord } from '../records.js';

const store = memoryStore();
await store.create('key', aRecord(Date.now()));
process.stdout.write(`${store.size}\n`);
