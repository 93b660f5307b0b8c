// Holds a store that nobody closes, and has nothing else to do. Argument: the file.
import { sqliteStore } from '../../../libs/session/src/sqlite/sqlite.store.js';
import { aRecord } from '../records.js';

const store = sqliteStore({ path: process.argv[2] ?? '', sweepInterval: 10 });
await store.create('key', aRecord(Date.now()));
process.stdout.write('stored\n');
