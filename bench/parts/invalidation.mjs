// What broadcast invalidation costs as processes are added: each write of any session is told to every process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { encodeRecord } from '../../libs/session/dist/store/index.js';
import { loaded } from './sessions.mjs';
import { median } from '../lib/statistics.ts';
import { info, redisCpu } from './support.mjs';

const TRACKER = fileURLToPath(new URL('tracker-child.mjs', import.meta.url));
const SESSIONS = 2_000;

/** A connection that is told of writes and lets go of what it hears: only what Redis pays is of interest. */
async function connect(url) {
  const { port, hostname } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const ask = async (line, expected) => {
    socket.write(`${line}\r\n`);
    for (let text = ''; ;) {
      const [chunk] = await once(socket, 'data');
      text += String(chunk);
      const match = expected.exec(text);
      if (match) return match;
    }
  };
  const [, id] = await ask('CLIENT ID', /:(\d+)\r\n/);
  await ask(`CLIENT TRACKING ON REDIRECT ${id} BCAST PREFIX sess:`, /\+OK\r\n/);
  await ask('SUBSCRIBE __redis__:invalidate', /:1\r\n/);
  socket.resume();
  return socket;
}

/** Writes sessions, some at once. @returns CPU of Redis (µs) and bytes that it sent, for each write */
async function write(redis, times, atOnce) {
  const texts = Array.from({ length: SESSIONS }, (_, n) => {
    const { key, record } = loaded(n);
    return [`sess:${key}`, encodeRecord(record)];
  });
  const before = { cpu: await redisCpu(redis), sent: (await info(redis, 'stats')).total_net_output_bytes };
  let next = 0;
  const worker = async () => {
    while (next < times) {
      const [key, text] = texts[next++ % SESSIONS];
      await redis.set(key, text, 'PX', 3_600_000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const after = { cpu: await redisCpu(redis), sent: (await info(redis, 'stats')).total_net_output_bytes };
  return { cpu: (after.cpu - before.cpu) / times, sent: (after.sent - before.sent) / times };
}

/** @returns a line for each number of tracking connections: CPU and bytes of Redis for one write */
export async function byProcesses(url, { counts, times, atOnce, rounds }) {
  const redis = new Redis(url);
  const sockets = [];
  try {
    const samples = counts.map(() => []);
    for (let round = -1; round < rounds; round++)
      for (const [i, count] of counts.entries()) {
        while (sockets.length > count) {
          const socket = sockets.pop();
          socket.destroy();
          await once(socket, 'close');
        }
        while (sockets.length < count) sockets.push(await connect(url));
        const sample = await write(redis, times, atOnce);
        if (round >= 0) samples[i].push(sample);
      }
    return counts.map((processes, i) => ({
      processes,
      redisCpu: median(samples[i].map(({ cpu }) => cpu)),
      bytes: median(samples[i].map(({ sent }) => sent)),
    }));
  } finally {
    for (const socket of sockets) socket.destroy();
    redis.disconnect();
  }
}

/** @returns CPU (µs) that a process pays to be told of one write */
export async function cpuToHear(url, { times, atOnce }) {
  const redis = new Redis(url);
  const child = fork(TRACKER, [url]);
  const report = async () => {
    child.send('report');
    return (await once(child, 'message'))[0];
  };
  try {
    await once(child, 'message');
    await write(redis, times, atOnce);
    const before = await report();
    await write(redis, times, atOnce);
    const after = await report();
    return {
      cpu: (after.cpu - before.cpu) / (after.keys - before.keys),
      keysPerMessage: (after.keys - before.keys) / (after.messages - before.messages),
    };
  } finally {
    child.disconnect();
    redis.disconnect();
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The slope of the line through points: what each process more costs. */
export function perProcess(lines, figure) {
  const [x, y] = [mean(lines.map(({ processes }) => processes)), mean(lines.map((line) => line[figure]))];
  const up = lines.reduce((sum, line) => sum + (line.processes - x) * (line[figure] - y), 0);
  return up / lines.reduce((sum, line) => sum + (line.processes - x) ** 2, 0);
}
