import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { connectStore, memoryStore, SessionConfigError, SessionModule } from 'nest-session';
import { SessionDevicesModule, type SessionDevicesOptions } from 'nest-session/devices';
import { MemoryStore } from 'express-session';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

let clock: TestClock;
let app: TestApp;

async function start(options: SessionDevicesOptions = {}, platform: Platform = 'express'): Promise<void> {
  clock = new TestClock();
  app = await startTestApp(
    platform,
    { store: memoryStore({ clock }), clock },
    { imports: [SessionDevicesModule.forRoot(options)], guards: [] },
  );
}

async function login(id: string, userAgent = FIREFOX, roles: string[] = []): Promise<HttpClient> {
  const client = app.client();
  const { status } = await client.post('/login', { id, roles }, { 'user-agent': userAgent });
  expect(status).toBe(200);
  return client;
}

const list = async (client: HttpClient, path = '/sessions') => (await (await client.get(path)).json()).sessions;
const handleOf = async (client: HttpClient): Promise<string> =>
  (await list(client)).find((entry: { current: boolean }) => entry.current).handle;
const end = (client: HttpClient, path: string) => client.request('DELETE', path);
const statusOf = async (client: HttpClient) => (await client.get('/sessions')).status;

describe.each(platforms)('SessionDevicesModule on %s', (platform) => {
  beforeEach(() => start({}, platform));
  afterEach(() => app.close());

  it('lists the user’s own sessions, this one first, and no others', async () => {
    const phone = await login('u1', IPHONE);
    clock.advance(60_000);
    const desk = await login('u1');
    await login('u2');
    const { handle } = (await list(phone))[0];
    expect(await list(desk)).toEqual([
      {
        handle: expect.stringMatching(/^[\w-]{22}$/),
        current: true,
        device: expect.stringMatching(/Firefox.*Windows/),
        ip: '127.0.0.1',
        createdAt: new Date(clock.now()).toISOString(),
        authenticatedAt: new Date(clock.now()).toISOString(),
        lastSeenAt: new Date(clock.now()).toISOString(),
        expiresAt: new Date(clock.now() + 30 * 60_000).toISOString(),
        impersonatedBy: null,
      },
      expect.objectContaining({
        handle,
        current: false,
        device: expect.stringMatching(/Safari.*iOS|iPhone/),
        createdAt: new Date(clock.now() - 60_000).toISOString(),
      }),
    ]);
  });

  it('reveals no id and no key of the store', async () => {
    const desk = await login('u1');
    const answer = await (await desk.get('/sessions')).text();
    const id =
      decodeURIComponent((await desk.cookie()) ?? '')
        .slice(2)
        .split('.')[0] ?? '';
    expect(id.length).toBeGreaterThan(20);
    expect(answer).not.toContain(id);
  });

  it('ends one of them, at its next request', async () => {
    const [phone, desk] = [await login('u1', IPHONE), await login('u1')];
    expect((await end(desk, `/sessions/${await handleOf(phone)}`)).status).toBe(204);
    expect([await statusOf(phone), await statusOf(desk)]).toEqual([401, 200]);
    expect(await list(desk)).toHaveLength(1);
  });

  it('answers 404 for another user’s, for one that is over and for nonsense, and ends nothing', async () => {
    const [mine, theirs, over] = [await login('u1'), await login('u2'), await login('u1')];
    const gone = await handleOf(over);
    await end(mine, `/sessions/${gone}`);
    for (const handle of [await handleOf(theirs), gone, 'x', '%00', encodeURIComponent('../u2')]) {
      const answer = await end(mine, `/sessions/${handle}`);
      expect([handle, answer.status]).toEqual([handle, 404]);
      expect(await answer.json()).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    }
    expect(await statusOf(theirs)).toBe(200);
  });

  it('signs this one out, cookie and all', async () => {
    const desk = await login('u1');
    expect((await end(desk, `/sessions/${await handleOf(desk)}`)).status).toBe(204);
    expect(await desk.cookie()).toBeUndefined();
    expect(app.events.map(({ name }) => name)).toContain('logout');
  });

  it('ends all others, and says how many', async () => {
    const [one, two, three, other] = [await login('u1'), await login('u1'), await login('u1'), await login('u2')];
    const answer = await end(one, '/sessions');
    expect([answer.status, await answer.json()]).toEqual([200, { ended: 2 }]);
    expect(await Promise.all([one, two, three, other].map(statusOf))).toEqual([200, 401, 401, 200]);
    expect(await (await end(one, '/sessions')).json()).toEqual({ ended: 0 });
  });

  it('asks for a recent login to end something, and for none to look', async () => {
    const [phone, desk] = [await login('u1', IPHONE), await login('u1')];
    const handle = await handleOf(phone);
    clock.advance(10 * 60_000 + 1);
    for (const path of ['/sessions', `/sessions/${handle}`]) {
      const answer = await end(desk, path);
      expect([answer.status, (await answer.json()).code]).toEqual([403, 'SESSION_REAUTH_REQUIRED']);
    }
    expect([await statusOf(phone), await statusOf(desk)]).toEqual([200, 200]);
    const again = await login('u1');
    expect((await end(again, `/sessions/${handle}`)).status).toBe(204);
  });

  it('refuses requests without a user', async () => {
    const stranger = app.client();
    expect((await stranger.get('/sessions')).status).toBe(401);
    expect((await end(stranger, '/sessions')).status).toBe(401);
    expect((await end(stranger, '/sessions/x')).status).toBe(401);
  });

  it('has no routes for administrators unless asked', async () => {
    const admin = await login('root', FIREFOX, ['admin']);
    expect((await admin.get('/admin/sessions/u1')).status).toBe(404);
  });
});

describe('for administrators', () => {
  beforeEach(() =>
    start({ path: 'me/devices', recentLogin: false, admin: { roles: ['admin'], path: 'staff/devices' } }),
  );
  afterEach(() => app.close());

  it('lists and ends the sessions of any user, for the role only', async () => {
    const admin = await login('root', FIREFOX, ['admin']);
    const [one, two] = [await login('u1', IPHONE), await login('u1')];
    clock.advance(20 * 60_000);
    expect((await list(one, '/me/devices')).length).toBe(2);
    expect((await one.get('/staff/devices/u1')).status).toBe(403);
    expect((await end(one, '/staff/devices/u1')).status).toBe(403);

    const sessions = await list(admin, '/staff/devices/u1');
    expect(sessions.map(({ current }: { current: boolean }) => current)).toEqual([false, false]);
    const [{ handle }] = (await list(one, '/me/devices')) as [{ handle: string }];
    expect((await end(admin, `/staff/devices/u2/${handle}`)).status).toBe(404);
    expect((await end(admin, `/staff/devices/u1/${handle}`)).status).toBe(204);
    expect((await one.get('/me/devices')).status).toBe(401);
    expect((await two.get('/me/devices')).status).toBe(200);
    expect(await (await end(admin, '/staff/devices/u1')).json()).toEqual({ ended: 1 });
    expect((await two.get('/me/devices')).status).toBe(401);
    expect((await admin.get('/me/devices')).status).toBe(200);
    expect(app.events).toContainEqual(
      expect.objectContaining({ name: 'revoked', handle, userId: 'u1', actor: { userId: 'root' } }),
    );
  });
});

describe('with @nestjs/swagger', () => {
  beforeAll(() => start({ admin: { roles: ['admin'] } }));
  afterAll(() => app.close());

  it('is documented: routes, answers and refusals', async () => {
    // A second module must not add to what the first one says.
    await SessionDevicesModule.forRoot();
    const { paths, components } = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/sessions',
        '/sessions/{handle}',
        '/admin/sessions/{userId}',
        '/admin/sessions/{userId}/{handle}',
      ]),
    );
    expect(paths['/sessions']).toMatchObject({
      get: {
        tags: ['sessions'],
        summary: 'Lists your sessions',
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/SessionDeviceListDto' } } } },
          401: {},
        },
      },
      delete: { responses: { 200: {}, 401: {}, 403: {} } },
    });
    const byHandle = paths['/sessions/{handle}']?.delete;
    expect(Object.keys(byHandle?.responses ?? {}).sort()).toEqual(['204', '401', '403', '404']);
    expect(byHandle?.parameters).toEqual([{ name: 'handle', in: 'path', required: true, schema: { type: 'string' } }]);
    expect(components?.schemas?.['SessionDeviceDto']).toMatchObject({
      properties: {
        handle: { type: 'string' },
        current: { type: 'boolean' },
        device: { type: 'string', nullable: true },
        createdAt: { type: 'string', format: 'date-time' },
        expiresAt: { type: 'string', format: 'date-time', nullable: true },
      },
    });
    const list = components?.schemas?.['SessionDeviceListDto'];
    expect(list).toMatchObject({
      properties: { sessions: { type: 'array', items: { $ref: '#/components/schemas/SessionDeviceDto' } } },
    });
  });

  it('names every field that an answer has', async () => {
    const { components } = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    const schema = components?.schemas?.['SessionDeviceDto'] as { properties: object };
    const [entry] = await list(await login('u1'));
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(entry).sort());
  });
});

it('is refused at start over a store that cannot find sessions by their user', async () => {
  @Module({
    imports: [SessionModule.forRoot({ store: connectStore(new MemoryStore()) }), SessionDevicesModule.forRoot()],
  })
  class AppModule {}
  const starting = NestFactory.create(AppModule, { logger: false, abortOnError: false }).then((made) => made.init());
  await expect(starting).rejects.toMatchObject({
    code: 'SESSION_NEEDS_INDEX',
    message: expect.stringContaining('SessionDevicesModule'),
  });
});

describe('options', () => {
  it.each<[string, object]>([
    ['path', { path: '' }],
    ['path', { path: 'a//b' }],
    ['recentLogin', { recentLogin: '10' }],
    ['admin.path', { admin: { roles: ['admin'], path: ':x' } }],
    ['admin.roles', { admin: {} }],
    ['admin.roles', { admin: { roles: [] } }],
    ['admin.roles', { admin: { roles: [''] } }],
  ])('refuse %s in %j', async (path, options) => {
    const error: unknown = await SessionDevicesModule.forRoot(options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionConfigError);
    expect((error as SessionConfigError).problems.map((problem) => problem.path)).toEqual([path]);
  });
});
