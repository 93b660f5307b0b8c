import { afterEach, describe, expect, it } from 'vitest';
import { memoryStore, SessionStoreError } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import type { HttpClient } from '../support/http-client.js';
import { platforms } from '../support/nest-app.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** A store that is out of order when a test says so. */
class BreakableStore implements SessionStore {
  down: readonly string[] = [];
  private readonly inner = memoryStore();
  read = (key: string) => this.ask('read', () => this.inner.read(key));
  create = (...args: Parameters<SessionStore['create']>) => this.ask('create', () => this.inner.create(...args));
  save = (...args: Parameters<SessionStore['save']>) => this.ask('save', () => this.inner.save(...args));
  renew = (...args: Parameters<SessionStore['renew']>) => this.ask('renew', () => this.inner.renew(...args));
  delete = (key: string) => this.ask('delete', () => this.inner.delete(key));

  private ask<T>(name: string, call: () => Promise<T>): Promise<T> {
    return this.down.includes(name)
      ? Promise.reject(new SessionStoreError('redis://user:hunter2@10.0.0.1 is down'))
      : call();
  }
}

const ALL = ['read', 'create', 'save', 'renew', 'delete'];

describe.each(platforms)('a store that is out of order, %s', (platform) => {
  let session: TestApp;
  let store: BreakableStore;
  const start = async (onStoreError?: 'fail' | 'anonymous') => {
    store = new BreakableStore();
    session = await startTestApp(platform, { store, onStoreError });
  };
  afterEach(() => session.close());

  const ask = async (client: HttpClient, method: string, path: string) => {
    const response = await client.request(
      method,
      path,
      method === 'POST' ? { json: path === '/login' ? { id: 'u1' } : { late: 1 } } : {},
    );
    const text = await response.text();
    expect(text).not.toMatch(/hunter2|10\.0\.0\.1/);
    return {
      status: response.status,
      cookies: response.headers.getSetCookie(),
      retry: response.headers.get('retry-after'),
      text,
    };
  };

  it('gives 503 with Retry-After where the session is needed, and 200 where it is not', async () => {
    await start();
    const client = await session.login();
    store.down = ALL;
    for (const [method, path] of [
      ['GET', '/me'],
      ['GET', '/values'],
      ['POST', '/values'],
      ['POST', '/login'],
      ['POST', '/logout'],
      ['POST', '/count'],
      ['POST', '/rotate'],
    ] as const) {
      const answer = await ask(client, method, path);
      expect([path, answer]).toEqual([
        path,
        { status: 503, cookies: [], retry: '1', text: expect.stringContaining('SESSION_STORE_UNAVAILABLE') as string },
      ]);
    }
    expect(await ask(client, 'GET', '/anonymous')).toMatchObject({ status: 200, cookies: [], retry: null });
    expect(await ask(client, 'GET', '/health/live')).toMatchObject({ status: 200 });
    expect(await ask(session.client(), 'GET', '/values')).toMatchObject({ status: 200 });
    expect(session.events).toContainEqual(expect.objectContaining({ name: 'storeError', operation: 'read' }));
    store.down = [];
    expect(await ask(client, 'GET', '/me')).toMatchObject({ status: 200 });
  });

  it('never answers 200 for a change that was not saved', async () => {
    await start();
    const client = await session.login();
    store.down = ['save', 'create', 'renew'];
    expect(await ask(client, 'POST', '/values')).toMatchObject({ status: 503, cookies: [], retry: '1' });
    expect(await ask(session.client(), 'POST', '/values')).toMatchObject({ status: 503, cookies: [] });
    expect(await ask(session.client(), 'POST', '/login')).toMatchObject({ status: 503, cookies: [] });
    store.down = [];
    expect(await ask(client, 'GET', '/me')).toMatchObject({ status: 200 });
    expect((await ask(client, 'GET', '/values')).text).not.toContain('late');
  });

  it('does not sign in when the new session could not be stored, and leaves the one before as it was', async () => {
    await start();
    const client = await session.login();
    store.down = ['create'];
    expect((await client.post('/login', { id: 'u2' })).status).toBe(503);
    store.down = [];
    const me = await ask(client, 'GET', '/me');
    expect(me).toMatchObject({ status: 200, cookies: [] });
    expect(me.text).toContain('"u1"');
  });

  it('does not sign out in the browser when the store could not', async () => {
    await start();
    const client = await session.login();
    store.down = ['save'];
    expect(await ask(client, 'POST', '/logout')).toMatchObject({ status: 503, cookies: [] });
    store.down = [];
    expect(await ask(client, 'GET', '/me')).toMatchObject({ status: 200 });
  });

  it("onStoreError: 'anonymous' gives an empty session that cannot be saved, and is never undefined", async () => {
    await start('anonymous');
    const client = await session.login();
    store.down = ALL;
    expect(await ask(client, 'GET', '/me')).toMatchObject({ status: 401 });
    expect(await ask(client, 'GET', '/values')).toEqual({ status: 200, cookies: [], retry: null, text: '{}' });
    expect(await ask(client, 'POST', '/values')).toMatchObject({ status: 200, cookies: [] });
    expect(session.events).toContainEqual(expect.objectContaining({ name: 'rejected', reason: 'read-only' }));
    for (const path of ['/login', '/count', '/save-now']) {
      expect(await ask(client, 'POST', path)).toMatchObject({ status: 503, cookies: [] });
    }
    store.down = [];
    expect(await ask(client, 'GET', '/me')).toMatchObject({ status: 200 });
  });
});
