export { freePort, startRedis, until, type RedisServer, type StartRedisOptions } from './redis-process.js';
export { startCluster, startSentinel, type RedisCluster, type RedisSentinel } from './redis-topologies.js';
