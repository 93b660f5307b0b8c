import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import compression from 'compression';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchForCrashes } from '../support/crash-watch.js';
import { streamSenders, type Sender } from '../support/stream-senders.js';
import {
  platforms,
  startServer,
  type Handler,
  type LifecycleServer,
  type Middleware,
} from '../support/lifecycle-server.js';

watchForCrashes();

let server: LifecycleServer;
afterEach(() => server.close());
beforeEach(() => {
  Logger.overrideLogger(false);
});

const compress = compression({ threshold: 0 }) as unknown as Middleware;
const mounts = {
  'in front of the session': { before: compress },
  'behind the session': { after: compress },
  'on both sides': { before: compress, after: compress },
  nowhere: {},
};

// 2 MB that do not compress well, so that back-pressure is real.
const chunks = Array.from({ length: 128 }, (_, index) =>
  Buffer.from(
    Array.from({ length: 16_384 }, (__, at) => 32 + ((at * 7919 + index * 104_729 + ((at * at) % 251)) % 95)),
  ),
);
const whole = Buffer.concat(chunks);

const senders: Sender[] = [...streamSenders(chunks), ['end() with everything', (res) => void res.end(whole)]];

describe.each(platforms)('compression, %s', (platform) => {
  describe.each(Object.keys(mounts) as (keyof typeof mounts)[])('mounted %s', (mount) => {
    async function start(handler: Handler) {
      server = await startServer(
        platform,
        (req, res) => {
          res.setHeader('Content-Type', 'text/plain');
          return handler(req, res);
        },
        mounts[mount],
      );
      return server.client();
    }

    it.each(senders)('delivers a big body complete while the store is slow: %s', async (_what, send) => {
      const client = await start((req, res) => {
        req.session['visits'] = 1;
        return send(res);
      });
      server.store.hold('create');
      const response = client.get('/', { 'Accept-Encoding': 'gzip' });
      await server.store.waiting('create');
      for (let i = 0; i < 3; i++) await turn();
      server.store.release();
      const { status, headers, ...rest } = await response;
      void rest;
      expect(status).toBe(200);
      expect(headers.getSetCookie()).toHaveLength(1);
      expect(headers.get('content-encoding')).toBe(mount === 'nowhere' ? null : 'gzip');
      const body = Buffer.from(await (await response).arrayBuffer());
      expect({ length: body.length, same: body.equals(whole) }).toEqual({ length: whole.length, same: true });
    });

    it.each(senders)('answers 503 alone, uncompressed or not, when the store fails: %s', async (_what, send) => {
      let ended: Promise<unknown> | undefined;
      const client = await start((req, res) => {
        req.session['visits'] = 1;
        const sent = send(res);
        ended = sent instanceof Promise ? sent.catch(() => undefined) : Promise.resolve();
        return ended;
      });
      server.store.hold('create');
      server.store.fail('create');
      const response = client.get('/', { 'Accept-Encoding': 'gzip' });
      await server.store.waiting('create');
      for (let i = 0; i < 3; i++) await turn();
      server.store.release();
      expect((await response).status).toBe(503);
      expect((await response).headers.getSetCookie()).toEqual([]);
      expect(await (await response).json()).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
      // Behind the session the stream that handlers wait for is compression's own, which it drops without a word.
      if (mount === 'nowhere' || mount === 'in front of the session') await ended;
      server.store.heal();
      expect((await client.get('/', { 'Accept-Encoding': 'gzip' })).status).toBe(200);
    });

    it('flushes events that were written while the store was slow', async () => {
      const client = await start((req, res) => {
        req.session['visits'] = 1;
        res.setHeader('Content-Type', 'text/event-stream');
        res.write('data: 1\n\n');
        (res as ServerResponse & { flush?: () => void }).flush?.();
      });
      server.store.hold('create');
      const response = client.get('/', { 'Accept-Encoding': 'gzip' });
      await server.store.waiting('create');
      server.store.release();
      const reader = (await response).body!.getReader();
      const { value } = await reader.read();
      expect(Buffer.from(value!).toString()).toBe('data: 1\n\n');
      await reader.cancel();
    });

    it('compresses the answer of a clean session as without the session', async () => {
      const client = await start((_req, res) => res.end(whole));
      const raw = server.raw();
      raw.request('GET', '/', { 'Accept-Encoding': 'gzip', Connection: 'close' });
      const head = (await raw.closed()).split('\r\n\r\n')[0]!;
      expect(head).not.toMatch(/set-cookie|no-store/i);
      expect(/Content-Encoding: gzip/i.test(head)).toBe(mount !== 'nowhere');
      expect(await (await client.get('/')).text()).toBe(whole.toString());
    });
  });
});
