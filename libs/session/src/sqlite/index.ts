export { sqliteStore, SqliteSessionStore } from './sqlite.store.js';
export type { SqliteStoreOptions } from './sqlite-options.js';
export { sqliteRevocation, SqliteRevocation } from './sqlite-revocation.js';
export type { SqliteRevocationOptions } from './sqlite-revocation-options.js';
