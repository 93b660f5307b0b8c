import { expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { describeBackends } from '../support/backends.js';
import { stateOf, statusOf } from '../support/step-up-state.js';

const MINUTE = 60_000;
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();

describeBackends('flash messages', {}, (bench) => {
  it('are shown once, by type or all', async () => {
    const client = bench.app.client();
    await client.post('/flash', { type: 'info', message: 'one' });
    await client.post('/flash', { type: 'info', message: 'two' });
    await client.post('/flash', { type: 'error', message: 'three' });
    expect((await stateOf(client)).values).toEqual({ flash: { info: ['one', 'two'], error: ['three'] } });
    expect(await json(client.get('/flash?type=info'))).toEqual(['one', 'two']);
    expect(await json(client.get('/flash?type=info'))).toEqual([]);
    expect(await json(client.get('/flash'))).toEqual({ error: ['three'] });
    expect(await json(client.get('/flash'))).toEqual({});
    expect((await stateOf(client)).values).toEqual({});
  });

  it('cost a visitor who has none no session', async () => {
    const client = bench.app.client();
    const answer = await client.get('/flash');
    expect([await answer.json(), answer.headers.getSetCookie()]).toEqual([{}, []]);
  });

  it('are bounded, and take nothing but texts', async () => {
    const client = bench.app.client();
    for (let i = 0; i < 25; i++) await client.post('/flash', { type: 'info', message: `m${i}` });
    const shown = (await json(client.get('/flash?type=info'))) as string[];
    expect([shown.length, shown.at(-1)]).toEqual([20, 'm24']);
    for (const body of [
      { type: '__proto__', message: 'x' },
      { type: 'info', message: { html: 'x' } },
      { type: 7, message: 'x' },
    ])
      expect(await statusOf(client.post('/flash', body))).toBe(500);
    expect(await json(client.get('/flash?type=constructor'))).toEqual([]);
    await client.post('/values', { flash: 'of somebody else' });
    expect(await json(client.get('/flash'))).toEqual({});
  });

  it('that come together are all kept in a store, each shown to one; a browser keeps one cookie of several', async () => {
    const client = bench.app.client();
    await client.post('/values', { a: 1 });
    const tabs = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (message) => ({ message, tab: await client.clone() })),
    );
    await Promise.all(tabs.map(({ message, tab }) => tab.post('/flash', { type: 'info', message })));
    const readers = await Promise.all(tabs.map(({ tab }) => (bench.sealed ? tabs[0]!.tab : tab).clone()));
    const shown = (await Promise.all(readers.map((it) => json(it.get('/flash?type=info'))))) as string[][];
    expect(shown.flat().sort()).toEqual(bench.sealed ? ['a', 'a', 'a', 'a'] : ['a', 'b', 'c', 'd']);
  });
});

describeBackends('where a visitor wanted to go', {}, (bench) => {
  it('is given once, and is on this site', async () => {
    const client = bench.app.client();
    expect(await json(client.get('/return-to'))).toEqual({ path: '/home' });
    expect(await json(client.post('/return-to', { path: '/orders?page=2#top' }))).toEqual({ kept: true });
    expect((await stateOf(client)).values).toEqual({ returnTo: '/orders?page=2#top' });
    expect(await json(client.get('/return-to'))).toEqual({ path: '/orders?page=2#top' });
    expect(await json(client.get('/return-to'))).toEqual({ path: '/home' });
    for (const path of ['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)', '', null, 7, ['/a']])
      expect(await json(client.post('/return-to', { path }))).toEqual({ kept: false });
    await client.post('/values', { returnTo: '//evil.test' });
    expect(await json(client.get('/return-to'))).toEqual({ path: '/home' });
  });

  it('outlives a login that is told to keep it', async () => {
    const client = bench.app.client();
    await client.post('/return-to', { path: '/orders' });
    await client.post('/login', { id: 'u1', keep: ['returnTo'] });
    expect(await json(client.get('/return-to'))).toEqual({ path: '/orders' });
    const other = bench.app.client();
    await other.post('/return-to', { path: '/orders' });
    await other.post('/login', { id: 'u1' });
    expect(await json(other.get('/return-to'))).toEqual({ path: '/home' });
  });
});

describeBackends('a single-use value', {}, (bench) => {
  const issue = async (client: HttpClient, body: object = {}) =>
    ((await json(client.post('/once', { key: 'oauth', ...body }))) as { value: string }).value;
  const take = async (client: HttpClient, value: unknown, key = 'oauth') =>
    ((await json(client.post('/once/take', { key, value }))) as { taken: { data?: unknown } | null }).taken;

  it('is good once, for its key, with what belongs to it', async () => {
    const client = bench.app.client();
    const value = await issue(client, { data: { verifier: 'v' } });
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify((await stateOf(client)).values)).not.toContain(value);
    expect(await take(client, value, 'other')).toBeNull();
    expect(await take(client, value, '__proto__')).toBeNull();
    expect(await take(client, value)).toEqual({ data: { verifier: 'v' } });
    expect(await take(client, value)).toBeNull();
    expect((await stateOf(client)).values).toEqual({});
  });

  it('is of this session, and of no other', async () => {
    const [client, other] = [bench.app.client(), bench.app.client()];
    const value = await issue(client);
    await issue(other);
    expect(await take(other, value)).toBeNull();
    expect(await take(bench.app.client(), value)).toBeNull();
    for (const wrong of ['', 'x', `${value}x`, value.slice(1), null, 7, {}, [value], 'é'.repeat(9_999)])
      expect(await take(client, wrong)).toBeNull();
    expect(await take(client, value)).toEqual({});
  });

  it('is good for its time, and the last ten of a key are', async () => {
    const { app, clock } = bench;
    const client = app.client();
    const short = await issue(client, { ttl: '1m' });
    const long = await issue(client);
    clock.advance(MINUTE);
    expect(await take(client, short)).toBeNull();
    clock.advance(8 * MINUTE);
    expect(await take(client, long)).toEqual({});
    const many: string[] = [];
    for (let i = 0; i < 11; i++) many.push(await issue(client));
    expect(await take(client, many[0])).toBeNull();
    expect(await take(client, many[1])).toEqual({});
    expect(await take(client, many[10])).toEqual({});
    for (const body of [{ key: 7 }, { key: '__proto__' }, { key: 'cookie', ttl: 'soon' }])
      expect(await statusOf(client.post('/once', body))).toBe(500);
  });

  it('is given to one of twenty requests at the same time', async () => {
    const client = bench.app.client();
    const value = await issue(client, { data: 1 });
    const browsers = await Promise.all(Array.from({ length: 20 }, () => client.clone()));
    const taken = await Promise.all(browsers.map((browser) => take(browser, value)));
    expect(taken.filter((it) => it !== null)).toEqual([{ data: 1 }]);
    expect(await take(client, value)).toBeNull();
  });

  it('survives what others have left in its place', async () => {
    const client = bench.app.client();
    for (const once of ['text', 7, [1], { oauth: 'x' }, { oauth: [null, 1, { hash: 1 }, { hash: 'x' }] }]) {
      await client.post('/values', { once });
      expect(await take(client, 'x')).toBeNull();
      expect(await take(client, await issue(client))).toEqual({});
    }
  });
});

describeBackends('an old cookie', {}, (bench) => {
  it('brings no single-use value back', async () => {
    const client = bench.app.client();
    const value = ((await json(client.post('/once', { key: 'oauth' }))) as { value: string }).value;
    const old = await client.clone();
    const take = (browser: HttpClient) => json(browser.post('/once/take', { key: 'oauth', value }));
    expect(await take(client)).toEqual({ taken: {} });
    expect(await take(old)).toEqual({ taken: null });
  });
});
