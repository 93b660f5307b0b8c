// The inputs of docs/scaling.md: what sessions cost Redis and the application. `npm run bench:scaling` prints them and
// what follows from them; `--json` prints the inputs alone; `--write` keeps them in bench/scaling-inputs.json and in the
// page; `--quick` is for a look. It starts its own redis-servers.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { redisRevocation } from '../libs/session/dist/redis/index.js';
import { writeFormatted } from './lib/pages.ts';
import { pageWith, sectionsOf } from './lib/scaling-page.ts';
import { byProcesses, cpuToHear, perProcess } from './parts/invalidation.mjs';
import { inTurn, spread, withApps } from './parts/load.mjs';
import { growth, oursInRedis } from './parts/memory.mjs';
import { redisCosts } from './parts/redis-commands.mjs';
import { withRedis } from './parts/support.mjs';

const has = (flag) => process.argv.includes(flag);
const quick = has('--quick');
const say = (text) => has('--json') || console.log(text);
const HOUR = 3_600_000;
const SESSIONS = 2_000;

/** Bytes of Redis for one sealed session that ended before its time. */
async function revocationBytes(url, count) {
  const revocation = redisRevocation({ url });
  try {
    const ending = { least: Infinity, by: 'asked', over: 'signed-out' };
    const end = (n) => revocation.raise(`${n}`.padEnd(22, 'h'), { ...ending, until: Date.now() + HOUR });
    return await growth(url, count, async (from, to) => {
      for (let n = from; n < to; n += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => end(n + i)));
    });
  } finally {
    await revocation.close();
  }
}

/** CPU of the application for each request, at 32 connections; reads also at a `few`: 2. */
const appCosts = () =>
  withApps(async (start) => {
    const [inRedis, inMemory] = [await start(SESSIONS, true), await start(SESSIONS, false)];
    const cookies = spread(1_000, SESSIONS);
    const plan = quick ? { rounds: 3, requests: 1_500 } : { rounds: 7, requests: 4_000 };
    const reads = [
      { app: inRedis, cookies },
      { app: inMemory, cookies },
    ];
    const [read, memoryRead, write, login] = await inTurn(
      [
        ...reads,
        { app: inRedis, cookies, path: '/write', method: 'POST' },
        { app: inRedis, path: '/login', method: 'POST' },
      ],
      plan,
    );
    const [few, fewInMemory] = await inTurn(
      reads.map((load) => ({ ...load, connections: 2 })),
      plan,
    );
    return {
      read: read.app,
      memoryRead: memoryRead.app,
      write: write.app,
      login: login.app,
      few: { read: few.app, memoryRead: fewInMemory.app },
    };
  });

async function measureInputs() {
  const rounds = quick ? 2 : 5;
  const times = quick ? 1_000 : 5_000;
  say('Bytes of Redis …');
  const count = quick ? 2_000 : 50_000;
  const bytesPerSession = await withRedis(undefined, (url) => oursInRedis(url, count));
  const bytesPerRevocation = await withRedis(undefined, (url) => revocationBytes(url, count));
  say('CPU of Redis, by command …');
  const cpu = await withRedis(undefined, (url) => redisCosts(url, { atOnce: 32, times, rounds }));
  const cpuAlone = await withRedis(undefined, (url) => redisCosts(url, { atOnce: 1, times: times / 5, rounds }));
  say('Invalidation, by processes …');
  const plan = { counts: [0, 1, 2, 4, 8, 16], times: times * 2, atOnce: 32, rounds };
  const lines = await withRedis(undefined, (url) => byProcesses(url, plan));
  const heard = await withRedis(undefined, (url) => cpuToHear(url, plan));
  say('CPU of the application …');
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} shared virtual cores, Redis and the load on the same`,
    node: process.version,
    redis: { bytesPerSession, bytesPerRevocation, cpu, cpuAlone },
    tracking: {
      lines,
      redisCpuPerProcess: perProcess(lines, 'redisCpu'),
      bytesPerProcess: perProcess(lines, 'bytes'),
      cpuToHear: heard.cpu,
      keysPerMessage: heard.keysPerMessage,
    },
    app: await appCosts(),
  };
}

/** Digits that mean something. */
const rounded = (value) =>
  typeof value === 'number'
    ? Number(value.toPrecision(3))
    : Array.isArray(value)
      ? value.map(rounded)
      : typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]))
        : value;

const INPUTS = 'bench/scaling-inputs.json';
const PAGE = 'docs/scaling.md';
const read = (path) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

// `--recorded` measures nothing: it works the page out anew, as after a change of a formula.
const inputs = has('--recorded') ? JSON.parse(await read(INPUTS)) : rounded(await measureInputs());
if (has('--json')) console.log(JSON.stringify(inputs, undefined, 2));
else for (const [name, text] of Object.entries(sectionsOf(inputs))) console.log(`\n${name}\n\n${text}`);
if (has('--write')) {
  await writeFormatted(INPUTS, JSON.stringify(inputs));
  await writeFormatted(PAGE, pageWith(await read(PAGE), inputs));
}
