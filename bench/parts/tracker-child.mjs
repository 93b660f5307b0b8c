// One process of a fleet with a near-cache, as far as Redis sees it: a connection that is told of every write. Reports
// over IPC what it was told, and the CPU that took.
import { Redis } from 'ioredis';

const redis = new Redis(process.argv[2], { protocol: 2 });
const id = await redis.client('ID');
await redis.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', 'PREFIX', 'sess:');
const told = { messages: 0, keys: 0 };
redis.on('messageBuffer', (_channel, keys) => {
  told.messages++;
  told.keys += Array.isArray(keys) ? keys.length : 1;
});
await redis.subscribe('__redis__:invalidate');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ ...told, cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send('ready');
