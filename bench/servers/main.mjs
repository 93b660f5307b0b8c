// One application in a process of its own, with the sessions of the kind that the first argument describes: its
// platform, its set-up, and the options of both the kind and the scenario. Prints its URL.
import 'reflect-metadata';
import { createApp } from './app.mjs';
import { startExpress } from './express.mjs';
import { startFastify } from './fastify.mjs';

const { platform, setUp, options } = JSON.parse(process.argv[2]);

const kind = await import(`./kinds/${setUp}.mjs`);
const parts = await kind.setUp(options);
const start = platform === 'fastify' ? startFastify : startExpress;
const app = await start(createApp(parts, options), parts);
console.log(`listening on ${await app.getUrl()}`);
