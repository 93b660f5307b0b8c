import { sealData, unsealData } from 'iron-session';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { Guide, type GuideProcess, type Replacements } from './guide.js';

// Each test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const PAGE = 'docs/guides/encrypted-cookie-session.md';
const OLD = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js';
const NEW = 'q7Wm+Ty4/Rb9Kc2Lp6Xs1Vd8Hn5Gf3Jz0=';
const ada = { name: 'Ada Lovelace', password: 'correct horse battery staple' };

const guides: Guide[] = [];
/** The code of the page, or of a reader who has changed it. */
async function guideWith(replace?: Replacements): Promise<Guide> {
  const guide = await Guide.write(PAGE, replace);
  guides.push(guide);
  return guide;
}
afterAll(() => Promise.all(guides.map((guide) => guide.remove())));

let guide: Guide;
let app: GuideProcess;
beforeAll(async () => {
  guide = await guideWith();
  app = await (await guide.start('main.ts', { SESSION_PASSWORD: OLD })).ready();
});

async function signedIn(url = app.url): Promise<HttpClient> {
  const client = new HttpClient(url);
  expect((await client.post('/login', ada)).status).toBe(200);
  return client;
}
const statusOf = async (client: HttpClient): Promise<number> => (await client.get('/me')).status;
const sealOf = async (client: HttpClient): Promise<string> => (await client.cookie('session')) ?? '';
const statusWith = async (seal: string, url = app.url): Promise<number> =>
  (await new HttpClient(url).get('/me', { cookie: `session=${seal}` })).status;

describe('the session', () => {
  it('signs in, says who it is, keeps a value, and signs out', async () => {
    const client = new HttpClient(app.url);
    expect(await statusOf(client)).toBe(401);
    expect((await client.post('/login', { ...ada, password: 'wrong' })).status).toBe(401);
    expect(await sealOf(client)).toBe('');

    await client.post('/login', ada);
    await client.post('/note', { note: 'Buy tea' });
    const user = { id: '1', name: 'Ada Lovelace' };
    expect(await (await client.get('/me')).json()).toEqual({ user, note: 'Buy tea' });
    expect((await client.post('/logout')).status).toBe(204);
    expect(await statusOf(client)).toBe(401);
  });

  it('has the attributes that the page gives it, at the logout too', async () => {
    const client = new HttpClient(app.url);
    const [given] = (await client.post('/login', ada)).headers.getSetCookie();
    expect(given).toMatch(/^session=Fe26\.2\*[^;]+; Max-Age=1800; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    const [cleared] = (await client.post('/logout')).headers.getSetCookie();
    expect(cleared).toMatch(/^session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970[^;]+; HttpOnly; SameSite=Lax$/);
  });

  it('is Secure in production, over https only', async () => {
    const production = await guide.start('main.ts', { SESSION_PASSWORD: OLD, NODE_ENV: 'production' });
    await production.ready();
    const over = (proto: string) => new HttpClient(production.url).post('/login', ada, { 'x-forwarded-proto': proto });
    expect((await over('https')).headers.getSetCookie()).toEqual([expect.stringMatching(/; Secure(;|$)/)]);
    expect((await over('http')).headers.getSetCookie()).toEqual([]);
    await production.stop();
  });
});

describe('the cookie', () => {
  it('tells nothing of what is in it, however it is decoded', async () => {
    const client = await signedIn();
    await client.post('/note', { note: 'a very telling note' });
    const seal = await sealOf(client);
    const texts = [seal, ...seal.split('*')].flatMap((part) => [
      decodeURIComponent(part),
      ...(['base64', 'base64url', 'hex'] as const).flatMap((encoding) => {
        const bytes = Buffer.from(part, encoding);
        return [bytes.toString('utf8'), bytes.toString('latin1'), bytes.toString('utf16le')];
      }),
    ]);
    expect(texts.length).toBeGreaterThan(70);
    for (const text of texts) for (const word of ['Lovelace', 'telling', 'user']) expect(text).not.toContain(word);
    const second = await sealOf(await signedIn());
    expect(second.split('*')[4]).not.toBe(seal.split('*')[4]);
  });

  it('opens nothing once it was changed', async () => {
    const [mine, other] = [await sealOf(await signedIn()), await sealOf(await signedIn())];
    const parts = mine.split('*');
    const turned = (text: string): string => (text.startsWith('1') ? '2' : '1') + text.slice(1);
    const changed = parts.flatMap((part, index) => [
      parts.with(index, turned(part)).join('*'),
      parts.with(index, '').join('*'),
      ...(part === other.split('*')[index] ? [] : [parts.with(index, other.split('*')[index] ?? '').join('*')]),
    ]);
    const forged = [...changed, mine.slice(0, -1), `${mine}a`, '%', 'x'.repeat(4000)].filter((seal) => seal !== mine);
    expect(forged.length).toBeGreaterThan(20);
    const opened: string[] = [];
    for (const seal of forged) if ((await statusWith(seal)) !== 401) opened.push(seal);
    expect(opened).toEqual([]);
    expect(await statusWith(mine)).toBe(200);
  });

  it('that is older gives back what it held, as the page warns', async () => {
    const client = await signedIn();
    await client.post('/note', { note: 'first' });
    const before = await client.clone();
    await client.post('/note', { note: 'second' });
    expect(await (await before.get('/me')).json()).toMatchObject({ note: 'first' });
  });

  it('is refused with 413 when it gets too large, and what was there stays', async () => {
    const client = await signedIn();
    await client.post('/note', { note: 'short' });
    const before = await sealOf(client);
    const response = await client.post('/note', { note: 'x'.repeat(5000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'SESSION_TOO_LARGE' });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await sealOf(client)).toBe(before);
    expect(await (await client.get('/me')).json()).toMatchObject({ note: 'short' });
    expect((await client.post('/note', { note: 'x'.repeat(2500) })).status).toBe(201);
  });
});

describe('a logout', () => {
  it('ends every copy of the cookie, over a restart too', async () => {
    const client = await signedIn();
    const copies = [await sealOf(client)];
    await client.post('/note', { note: 'another seal of the same session' });
    copies.push(await sealOf(client));
    expect(await Promise.all(copies.map((seal) => statusWith(seal)))).toEqual([200, 200]);

    await client.post('/logout');
    expect(await Promise.all(copies.map((seal) => statusWith(seal)))).toEqual([401, 401]);
    const staying = await signedIn();
    await app.stop();
    app = await (await guide.start('main.ts', { SESSION_PASSWORD: OLD }, app.port)).ready();
    expect(await Promise.all(copies.map((seal) => statusWith(seal)))).toEqual([401, 401]);
    expect(await statusOf(staying)).toBe(200);
  });
});

describe('the password', () => {
  const given = "password: process.env.SESSION_PASSWORD ?? ''";
  const importing = 'import { sealedCookie } from';
  const numbered = { [given]: 'password', [importing]: `import { password } from './new-password.js';\n${importing}` };

  it('is changed while users are signed in, if it keeps its number', async () => {
    const client = await signedIn();
    const sleeper = await signedIn();
    const first = await sealOf(client);
    await app.stop();
    const startWith = async (replace: Replacements, env: Record<string, string>): Promise<GuideProcess> =>
      (await (await guideWith(replace)).start('main.ts', env, app.port)).ready();

    const both = await startWith(numbered, { OLD_SESSION_PASSWORD: OLD, SESSION_PASSWORD: NEW });
    expect(await statusOf(client)).toBe(200);
    expect(await sealOf(client)).not.toBe(first);
    await both.stop();

    const newAlone = { ...numbered, "  1: process.env.OLD_SESSION_PASSWORD ?? '',\n": '' };
    const second = await startWith(newAlone, { SESSION_PASSWORD: NEW });
    expect([await statusOf(client), await statusOf(sleeper)]).toEqual([200, 401]);
    await second.stop();

    const withoutNumber = await startWith({}, { SESSION_PASSWORD: NEW });
    expect(await statusWith(await sealOf(client), withoutNumber.url)).toBe(401);
    await withoutNumber.stop();
    app = await (await guide.start('main.ts', { SESSION_PASSWORD: OLD }, app.port)).ready();
  });

  it.each([
    ['31 characters', { SESSION_PASSWORD: OLD.slice(1) }, /- sealedCookie\.password: has 31 characters and needs 32/],
    ['none', {}, /- sealedCookie\.password: is required/],
  ])('of %s is refused at the start, without being repeated', async (_what, env, message) => {
    for (const NODE_ENV of ['development', 'production']) {
      const refused = await guide.start('main.ts', { ...env, NODE_ENV });
      expect(await refused.ended).toBe(1);
      expect(refused.output).toMatch(message);
      expect(refused.output).not.toContain(OLD.slice(1));
    }
  });
});

describe('with interop', () => {
  it('shares its sessions with iron-session', async () => {
    const shared = await guideWith({ "cookieName: 'session',": "cookieName: 'session', interop: 'iron-session'," });
    const here = await (await shared.start('main.ts', { SESSION_PASSWORD: OLD })).ready();
    const options = { password: OLD, ttl: 1800 };
    const opened = await unsealData(await sealOf(await signedIn(here.url)), options);
    expect(opened).toMatchObject({ user: { id: '1', name: 'Ada Lovelace' } });

    const theirs = await sealData({ user: { id: '7', name: 'Grace' } }, options);
    expect(await statusWith(theirs, here.url)).toBe(200);
    expect(await statusWith(theirs)).toBe(401);
    await here.stop();
  });
});
