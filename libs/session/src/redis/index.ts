export { redisStore, RedisSessionStore } from './redis.store.js';
export type { RedisSerializer, RedisSessionStoreOptions } from './redis-options.js';
export type { NearCacheOptions } from './near-cache-options.js';
export type { StoreCallback } from './express-redis.store.js';
export { redisRevocation, RedisRevocation } from './redis-revocation.js';
export type { RedisRevocationOptions } from './redis-revocation-options.js';
