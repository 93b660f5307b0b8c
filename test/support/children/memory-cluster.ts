// Starts the default store, as the module does, in a primary process and in a worker of it. Both print what is logged, the
// worker each line after the word `worker`.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { SessionEvents } from '../../../libs/session/src/events/session-events.js';
import { resolveOptions } from '../../../libs/session/src/options/resolve-options.js';
import { StoreLifecycle } from '../../../libs/session/src/services/store-lifecycle.js';

const who = cluster.isWorker ? 'worker' : 'primary';
const print = (message: unknown): void => void process.stdout.write(`${who} ${String(message)}\n`);
Logger.overrideLogger({ log: () => {}, debug: () => {}, error: print, warn: print });

const lifecycle = new StoreLifecycle(resolveOptions({}, { NODE_ENV: 'test' }), new SessionEvents());
await lifecycle.onModuleInit();
await lifecycle.onApplicationShutdown();
print('started');
if (cluster.isPrimary) await once(cluster.fork(), 'exit');
else process.disconnect();
