import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { oldStores, startNew, startOld, type FleetNode } from './nodes.js';
import { Visitor } from './visitor.js';

const HOUR = 3_600_000;

let server: RedisServer;
let client: Redis;
const running: FleetNode[] = [];

beforeAll(async () => {
  server = await startRedis();
  client = server.client();
});
afterAll(() => server.stop());
beforeEach(() => client.flushall());

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.close()));
  // Whatever a test did: every key ends by itself.
  const keys = await client.keys('*');
  const lifetimes = await Promise.all(keys.map((key) => client.pttl(key)));
  if (lifetimes.some((ttl) => ttl === -1)) throw new Error(`A key without a TTL: ${keys.join(', ')}`);
});

const run = async (starting: Promise<FleetNode>): Promise<FleetNode> => {
  const node = await starting;
  running.push(node);
  return node;
};

const cookies = {
  'a cookie that ends with the browser': {},
  'a cookie with a maxAge': { cookie: { maxAge: HOUR } },
} as const;

const deployments = Object.entries(oldStores).flatMap(([line, makeStore]) =>
  Object.entries(cookies).map(([kind, options]) => ({ line, kind, makeStore, options })),
);

describe.each(deployments)('$line, $kind', ({ makeStore, options }) => {
  const startFleet = async (): Promise<[old: FleetNode, fresh: FleetNode]> =>
    Promise.all([run(startOld(makeStore(client), options)), run(startNew(client, options))]);

  it('moves over: logged in before, read and changed after', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.login(old, 'ann');
    await visitor.post(old, '/log?line=old');
    const id = await visitor.id();
    expect(await visitor.me(fresh)).toEqual({ userId: 'ann', log: ['old'] });
    expect(await visitor.status(fresh, '/members')).toBe(200);
    await visitor.post(fresh, '/log?line=new');
    expect(await visitor.me(fresh)).toEqual({ userId: 'ann', log: ['old', 'new'] });
    expect(await visitor.id()).toBe(id);
  });

  it('rolls back: logged in and changed on the new, read and changed on the old', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.post(fresh, '/log?line=anonymous');
    expect(await visitor.me(old)).toEqual({ userId: null, log: ['anonymous'] });
    await visitor.login(fresh, 'ann');
    await visitor.post(fresh, '/log?line=new');
    expect(await visitor.me(old)).toEqual({ userId: 'ann', log: ['new'] });
    await visitor.post(old, '/log?line=old');
    expect(await visitor.me(old)).toEqual({ userId: 'ann', log: ['new', 'old'] });
    expect(await visitor.me(fresh)).toEqual({ userId: 'ann', log: ['new', 'old'] });
  });

  it('a login by SessionService is one on the old nodes too', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.post(old, '/log?line=before');
    const before = await visitor.copy();
    await visitor.post(fresh, '/login/new?user=ann');
    for (const node of [old, fresh]) {
      expect(await visitor.me(node)).toEqual({ userId: 'ann', log: ['before'] });
      expect(await before.me(node)).toMatchObject({ userId: null });
    }
    await visitor.post(old, '/log?line=after');
    expect(await visitor.status(fresh, '/members')).toBe(200);
    expect(await visitor.me(fresh)).toEqual({ userId: 'ann', log: ['before', 'after'] });
  });

  it('keeps every change of alternating requests', async () => {
    const nodes = await startFleet();
    const visitor = new Visitor();
    await visitor.login(nodes[0], 'ann');
    const id = await visitor.id();
    const lines: string[] = [];
    for (let n = 0; n < 20; n++) {
      const node = nodes[n % 2]!;
      lines.push(`${n}`);
      expect(await visitor.post(node, `/log?line=${n}`)).toBeLessThan(300);
      expect((await visitor.me(node)).userId).toBe('ann');
      expect(await client.pttl(`sess:${id}`)).toBeGreaterThan(60_000);
    }
    for (const node of nodes) expect((await visitor.me(node)).log).toEqual(lines);
    expect(await visitor.id()).toBe(id);
  });

  it.each([
    ['the old', 0, '/logout'],
    ['the new', 1, '/logout'],
    ['the new, by SessionService', 1, '/logout/new'],
  ] as const)('a logout on %s side ends the session on both', async (_side, at, path) => {
    const nodes = await startFleet();
    const visitor = new Visitor();
    await visitor.login(nodes[1 - at]!, 'ann');
    await visitor.me(nodes[0]);
    await visitor.me(nodes[1]);
    const copied = await visitor.copy();
    const id = await visitor.id();
    expect(await visitor.post(nodes[at], path)).toBeLessThan(300);
    expect(await client.exists(`sess:${id}`)).toBe(0);
    for (const node of nodes) {
      expect(await visitor.me(node)).toEqual({ userId: null, log: [] });
      expect(await copied.me(node)).toEqual({ userId: null, log: [] });
    }
    expect(await copied.status(nodes[1], '/members')).toBe(401);
    // Nothing goes on under its id, on either side.
    for (const node of nodes) {
      const again = await copied.copy();
      await again.post(node, '/log?line=again');
      expect(await again.id()).not.toBe(id);
      expect(await client.exists(`sess:${id}`)).toBe(0);
    }
  });

  it('a change of an old node that comes in between is kept by the new one', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.login(old, 'ann');
    const slow = visitor.post(fresh, '/slow?key=a');
    await fresh.gate.arrived();
    await visitor.post(old, '/set?key=b');
    fresh.gate.release();
    expect(await slow).toBeLessThan(300);
    expect(await visitor.me(old)).toEqual({ userId: 'ann', log: [], 'key-a': 'set', 'key-b': 'set' });
  });

  it('a logout on an old node wins over a request under way on the new one', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.login(old, 'ann');
    const id = await visitor.id();
    const copied = await visitor.copy();
    const slow = copied.post(fresh, '/slow?key=a');
    await fresh.gate.arrived();
    await visitor.post(old, '/logout');
    fresh.gate.release();
    await slow;
    expect(await client.exists(`sess:${id}`)).toBe(0);
    for (const node of [old, fresh]) expect((await copied.me(node)).userId).toBeNull();
  });

  it('is deployed node by node, and rolled back node by node, and no user is logged out', async () => {
    const oldNode = () => run(startOld(makeStore(client), options));
    const newNode = () => run(startNew(client, options));
    const fleet = await Promise.all([oldNode(), oldNode(), oldNode()]);
    const users = Array.from({ length: 5 }, (_, n) => ({ name: `user-${n}`, visitor: new Visitor() }));
    const lines: string[] = [];
    for (const { name, visitor } of users) await visitor.login(fleet[0], name);

    let request = 0;
    const everybodyCallsIn = async (phase: string): Promise<void> => {
      lines.push(phase);
      for (const { name, visitor } of users) {
        const node = () => fleet[request++ % fleet.length]!;
        expect(await visitor.post(node(), `/log?line=${phase}`)).toBeLessThan(300);
        expect(await visitor.me(node())).toEqual({ userId: name, log: lines });
      }
    };

    await everybodyCallsIn('before');
    for (const [direction, start] of [
      ['forward', newNode],
      ['back', oldNode],
    ] as const) {
      for (const at of fleet.keys()) {
        const leaving = fleet[at]!;
        fleet[at] = await start();
        running.splice(running.indexOf(leaving), 1);
        await leaving.close();
        await everybodyCallsIn(`${direction}-${at}`);
      }
    }
  });

  it('keeps what the new nodes know of a session when an old one writes it', async () => {
    const [old, fresh] = await startFleet();
    const visitor = new Visitor();
    await visitor.login(fresh, 'ann');
    const metaOf = async (): Promise<unknown> => {
      const text = await client.get(`sess:${await visitor.id()}`);
      const record = JSON.parse(text ?? '{}') as Record<string, { created?: number }>;
      return record['__nest_session']?.created;
    };
    const created = await metaOf();
    expect(created).toBeTypeOf('number');
    await visitor.post(old, '/log?line=old');
    expect(await metaOf()).toBe(created);
    expect((await visitor.me(fresh)).log).toEqual(['old']);
    expect(await metaOf()).toBe(created);
  });
});

describe.each(Object.entries(oldStores))('idle timeouts, %s', (_line, makeStore) => {
  it.each([
    ['a cookie that ends with the browser', 600, {}, { idleTimeout: 600 }],
    ['a cookie with a maxAge', 1_600, { cookie: { maxAge: HOUR } }, { cookie: { maxAge: 1_600 } }],
  ])('a session that an old node touches is not idle on the new one, %s', async (_kind, idle, before, after) => {
    const [old, fresh] = await Promise.all([run(startOld(makeStore(client), before)), run(startNew(client, after))]);
    const [used, unused] = [new Visitor(), new Visitor()];
    await Promise.all([used.login(fresh, 'ann'), unused.login(fresh, 'bob')]);
    // Copies, because the cookies themselves would end in the meantime.
    const [ann, bob] = await Promise.all([used.copy(), unused.copy()]);
    await delay(idle * 0.7);
    // A read: express-session sends EXPIRE and leaves the record as it is.
    expect((await ann.me(old)).userId).toBe('ann');
    await delay(idle * 0.4);
    expect((await bob.me(fresh)).userId).toBeNull();
    expect((await ann.me(fresh)).userId).toBe('ann');
    await ann.post(fresh, '/log?line=alive');
    expect(await ann.me(fresh)).toMatchObject({ userId: 'ann', log: ['alive'] });
  });
});

describe('options of the old nodes', () => {
  it.each([
    ['resave', { resave: true }],
    ['rolling', { rolling: true, cookie: { maxAge: HOUR } }],
  ])('%s', async (_name, oldOptions) => {
    const [old, fresh] = await Promise.all([
      run(startOld(oldStores['connect-redis 8.1'](client), oldOptions)),
      run(
        startNew(client, {
          ...('cookie' in oldOptions && { cookie: oldOptions.cookie }),
          rolling: 'rolling' in oldOptions,
        }),
      ),
    ]);
    const visitor = new Visitor();
    await visitor.login(old, 'ann');
    for (let n = 0; n < 3; n++) {
      await visitor.post(fresh, `/log?line=new-${n}`);
      await visitor.me(old);
      await visitor.post(old, `/log?line=old-${n}`);
      await visitor.me(fresh);
    }
    const log = ['new-0', 'old-0', 'new-1', 'old-1', 'new-2', 'old-2'];
    for (const node of [old, fresh]) expect(await visitor.me(node)).toEqual({ userId: 'ann', log });
  });
});
