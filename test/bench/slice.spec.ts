import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { measure, Visitors, type Asked } from '../../bench/lib/slice.ts';
import { userOf } from '../../bench/lib/visitor.ts';

const BYTES = 300;
const GOOD = JSON.stringify({ user: userOf(7, BYTES) });

const asked: Asked = { method: 'GET', path: '/me', connections: 2, requests: 50, bytes: BYTES, visitors: 'none' };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Measures a server whose `/me` answers as given. */
async function slice(me: RequestListener, change: Partial<Asked> = {}) {
  const scenario = { ...asked, ...change };
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
  return measure(url, scenario, new Visitors(url, scenario), () => Promise.resolve(commands++));
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

  it('asks exactly as often as it is told', async () => {
    let count = 0;
    await slice((_req, res) => res.end(count++ < 0 ? '' : GOOD), { requests: 7, connections: 3 });
    expect(count).toBe(7);
  });

  it('reads an answer that comes in pieces', async () => {
    const pieces: RequestListener = (_req, res) => {
      res.writeHead(200, { 'content-length': GOOD.length }).write(GOOD.slice(0, 9));
      setImmediate(() => res.end(GOOD.slice(9)));
    };
    expect((await slice(pieces, { requests: 5 })).perSecond).toBeGreaterThan(0);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['another status', (_req, res) => res.writeHead(503).end(GOOD), /HTTP\/1.1 503/],
    ['no user', (_req, res) => res.end('{}'), /does not have to: HTTP\/1.1 200 OK, \{\}/],
    ['a user who is cut short', (_req, res) => res.end(GOOD.slice(0, -3)), /does not have to/],
    ['no length', (_req, res) => void res.write(GOOD), /without a length/],
    ['a broken connection', (req) => req.socket.destroy(), /closed the connection|ECONNRESET/],
  ])('fails for a single answer with %s', async (_, bad, message) => {
    await expect(slice(except(bad))).rejects.toThrow(message);
  });
});
