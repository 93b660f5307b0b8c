import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../../../test/support/http-client.js';
import { KINDS, startExample, type ExampleApp } from './example-app.js';
import { submit } from './forms.js';
import { everywhere, lookEverywhere, SURFACES, SurfaceError } from './surfaces.js';

const ADA = { username: 'ada', password: 'analytical engine' };
const COOKIE = '__Host-sid';
const NAME = 'Ada Lovelace';
const PAGES = ['/', '/login', '/dashboard', '/profile', '/api/session', '/api/note', '/api/pages-session', '/nest/me'];

describe.each(KINDS)('sessions of the kind %s', (kind) => {
  let app: ExampleApp;
  beforeAll(async () => {
    app = await startExample(kind);
  });
  afterAll(() => app?.stop());

  const visitor = (): HttpClient => new HttpClient(app.url);

  async function signedInAtTheApi(): Promise<HttpClient> {
    const client = visitor();
    expect((await client.post('/nest/login', ADA)).status).toBe(200);
    return client;
  }

  async function signedInAtNext(): Promise<HttpClient> {
    const client = visitor();
    const response = await submit(client, '/login', 'password', ADA);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/dashboard']);
    return client;
  }

  const signIn = { 'the API': signedInAtTheApi, Next: signedInAtNext };
  const signOut = {
    'the API': async (client: HttpClient) => expect((await client.post('/nest/logout')).status).toBe(204),
    Next: async (client: HttpClient) => {
      const response = await submit(client, '/dashboard', 'Sign out');
      expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
    },
  };

  it('shows visitors nothing, and gives them no cookie', async () => {
    const client = visitor();
    for (const path of PAGES) expect((await client.get(path)).headers.getSetCookie(), path).toEqual([]);
    expect(await lookEverywhere(client)).toEqual(everywhere(undefined));
  });

  it('sends visitors to the login page, which knows where they wanted to go', async () => {
    for (const path of ['/dashboard', '/profile']) {
      const response = await visitor().get(path);
      expect([response.status, response.headers.get('location')]).toEqual([
        307,
        `/login?returnTo=${encodeURIComponent(path)}`,
      ]);
    }
  });

  it('does not sign in who has the wrong password', async () => {
    const client = visitor();
    const response = await submit(client, '/login', 'password', { ...ADA, password: 'difference engine' });
    expect(await response.text()).toMatch(/role="alert"[^>]*>The username or the password is wrong/);
    expect((await client.post('/nest/login', { ...ADA, password: 'difference engine' })).status).toBe(401);
    expect(await lookEverywhere(client)).toEqual(everywhere(undefined));
  });

  it.each(['the API', 'Next'] as const)('who signs in at %s is known everywhere', async (place) => {
    const client = await signIn[place]();
    expect(await lookEverywhere(client)).toEqual(everywhere(NAME));
    expect((await client.get('/login')).headers.get('location')).toBe('/dashboard');
  });

  it.each([
    ['the API', 'the API'],
    ['the API', 'Next'],
    ['Next', 'the API'],
    ['Next', 'Next'],
  ] as const)('signing in at %s and out at %s ends the session, and copies of the cookie', async (first, second) => {
    const client = await signIn[first]();
    const copy = await client.clone();
    expect(await copy.cookie(COOKIE)).toMatch(/.{40}/);
    const other = await signIn[first]();
    await signOut[second](client);
    expect(await lookEverywhere(client)).toEqual(everywhere(undefined));
    expect(await lookEverywhere(copy)).toEqual(everywhere(undefined));
    expect((await copy.get('/login')).status).toBe(200);
    // Signing out ends this session, and not those of the same person elsewhere.
    expect(await lookEverywhere(other)).toEqual(everywhere(NAME));
  });

  it('takes a changed cookie for no login, and not for an error', async () => {
    const client = await signedInAtTheApi();
    const value = (await client.cookie(COOKIE)) ?? '';
    expect(value.length).toBeGreaterThan(40);
    const middle = Math.floor(value.length / 2);
    const changed = value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A') + value.slice(middle + 1);
    for (const forged of [changed, value.slice(0, -1), `${value}A`, 'x', '%E0%A4%A', '']) {
      const forger = visitor();
      await forger.jar.setCookie(`${COOKIE}=${forged}; Path=/; Secure`, app.url);
      expect(await forger.cookie(COOKIE)).toBe(forged);
      expect(await lookEverywhere(forger), `${forged.length} characters`).toEqual(everywhere(undefined));
    }
  });

  it('keeps what either side writes where the other reads it', async () => {
    const client = await signedInAtTheApi();
    const expectNote = async (note: string): Promise<void> => {
      for (const [surface, look] of Object.entries(SURFACES)) expect((await look(client)).note, surface).toBe(note);
    };
    expect((await client.request('PUT', '/nest/note', { json: { note: 'from Nest' } })).status).toBe(204);
    await expectNote('from Nest');
    expect((await client.post('/api/note', { note: 'from a route handler' })).status).toBe(204);
    await expectNote('from a route handler');
    expect((await submit(client, '/dashboard', 'note', { note: 'from a server action' })).status).toBe(303);
    await expectNote('from a server action');
  });

  it('lets no other site write', async () => {
    const client = await signedInAtNext();
    const foreign = { 'sec-fetch-site': 'same-site', origin: 'http://evil.example' };
    expect((await client.post('/api/note', { note: 'forged' }, foreign)).status).toBe(403);
    const atTheApi = await client.request('PUT', '/nest/note', { json: { note: 'forged' }, headers: foreign });
    expect(atTheApi.status).toBe(403);
    expect((await client.post('/nest/logout', {}, foreign)).status).toBe(403);
    expect((await SURFACES['the API']?.(client))?.note).toBeUndefined();
  });

  it('keeps private pages out of caches', async () => {
    const client = await signedInAtNext();
    for (const path of PAGES.slice(2)) {
      expect((await client.get(path)).headers.get('cache-control'), path).toContain('no-store');
    }
  });

  it('is an error, and no user is signed out, while the store is out of order', async () => {
    const client = await signedInAtNext();
    const repair = await app.breakStore();
    try {
      for (const [surface, look] of Object.entries(SURFACES)) {
        const error: unknown = await look(client).catch((reason: unknown) => reason);
        expect(error, surface).toBeInstanceOf(SurfaceError);
        expect((error as SurfaceError).status, surface).toBeGreaterThanOrEqual(500);
      }
      // The first look needs no store.
      expect((await visitor().get('/dashboard')).status).toBe(307);
    } finally {
      await repair();
    }
    await expect.poll(() => lookEverywhere(client), { timeout: 10_000 }).toEqual(everywhere(NAME));
  });
});

describe('a write in the proxy', () => {
  let app: ExampleApp;
  beforeAll(async () => {
    app = await startExample('sealed');
  });
  afterAll(() => app?.stop());

  it('is seen by the page of the same request, in both routers, and by every request after it', async () => {
    const client = new HttpClient(app.url);
    await client.post('/nest/login', ADA);
    for (const [views, surface] of [
      [1, 'the page of the App Router'],
      [2, 'the page with getServerSideProps'],
      [3, 'the page of the App Router'],
    ] as const) {
      expect((await SURFACES[surface]?.(client))?.views, surface).toBe(views);
      expect((await SURFACES['the API']?.(client))?.views).toBe(views);
    }
  });

  it('and a write in the server action of the same page both stay', async () => {
    const client = new HttpClient(app.url);
    await client.post('/nest/login', ADA);
    await submit(client, '/dashboard', 'note', { note: 'kept' });
    expect(await SURFACES['the API']?.(client)).toEqual({ name: NAME, note: 'kept', views: 1 });
  });
});
