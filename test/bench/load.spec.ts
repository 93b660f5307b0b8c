import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { measure } from '../../bench/lib/load.mjs';
import { userOf } from '../../bench/lib/visitor.mjs';

const BYTES = 300;
const GOOD = JSON.stringify({ user: userOf(7, BYTES) });

const scenario = { method: 'GET', path: '/me', connections: 2, bytes: BYTES, visitors: 'nobody' };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Measures a server whose `/me` answers as given, for a fifth of a second. */
async function slice(me: RequestListener) {
  let handled = 0;
  server = createServer((req, res) => {
    if (req.url !== '/me') return res.end(JSON.stringify({ cpu: process.cpuUsage(), handled }));
    handled++;
    return me(req, res);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let commands = 0;
  // As INFO: each look at the counter is counted, after it.
  return measure({ url }, scenario, { seconds: 0.2, commands: () => Promise.resolve(commands++) });
}

/** Answers well, but for one request. */
const except = (bad: RequestListener): RequestListener =>
  (() => {
    let count = 0;
    return (req, res) => (++count === 20 ? bad(req, res) : res.end(GOOD));
  })();

describe('a slice', () => {
  it('has the figures of a server that answers as it has to', async () => {
    const sample = await slice((_req, res) => res.end(GOOD));
    expect(sample.perSecond).toBeGreaterThan(0);
    expect(sample.cpu).toBeGreaterThan(0);
    expect(sample.p99).toBeGreaterThanOrEqual(sample.p50);
    expect(sample.commands).toBe(0);
    expect(sample.headerBytes).toBeGreaterThan('HTTP/1.1 200 OK\r\n\r\n'.length);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['another status', (_req, res) => res.writeHead(503).end(GOOD), /1 non2xx/],
    ['nobody signed in', (_req, res) => res.end('{}'), /1 mismatches; one body was "\{\}"/],
    ['a user who is cut short', (_req, res) => res.end(GOOD.slice(0, -3)), /1 mismatches/],
  ])('fails for a single answer with %s', async (_, bad, message) => {
    await expect(slice(except(bad))).rejects.toThrow(message);
  });

  it('fails if the server breaks off', async () => {
    await expect(slice((req) => req.socket.destroy())).rejects.toThrow('closed the connection');
  });

  it('fails if the server does not answer', async () => {
    let count = 0;
    // The first request asks for the headers.
    await expect(slice((_req, res) => (++count === 1 ? res.end(GOOD) : undefined))).rejects.toThrow('in time');
  });
});
