import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../browser/chromium.js';
import { startPageServer, type PageServer } from '../browser/page-server.js';
import { freePort } from '../support/redis-server.js';
import { Guide, type GuideProcess } from './guide.js';
import { startVite, type FrontEnd } from './vite.js';

const PASSWORD = 'correct horse battery staple';

let browser: Browser;
let guide: Guide;
let api: GuideProcess;
let frontEnd: FrontEnd;
let stranger: PageServer;
beforeAll(async () => {
  const [apiPort, frontEndPort] = [await freePort(), await freePort()];
  [browser, stranger, guide] = await Promise.all([
    launchBrowser(),
    startPageServer(),
    Guide.write('docs/guides/session-check-and-axios.md', {
      'http://localhost:3000': `http://localhost:${apiPort}`,
      'http://localhost:5173': `http://localhost:${frontEndPort}`,
    }),
  ]);
  [api, frontEnd] = await Promise.all([
    guide.start('main.ts', {}, apiPort).then((started) => started.ready()),
    startVite(guide.path, frontEndPort),
  ]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), frontEnd?.close(), stranger?.close()]);
  await guide?.remove();
});

let context: BrowserContext;
let page: Page;
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context.close());

const heading = (name: string) => page.getByRole('heading', { level: 1, name });
async function signIn(password = PASSWORD): Promise<void> {
  await heading('Sign in').waitFor();
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What a request of a script on the page is answered, or what it fails with. */
const ask = (url: string, init: { method?: string; mode?: 'no-cors' } = {}) =>
  page.evaluate(
    ([address, options]) =>
      fetch(address, { ...options, credentials: 'include' }).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      ),
    [url, init] as const,
  );

/** What a login by a script on the page is answered. */
const logIn = (url: string, credentials: 'include' | 'same-origin') =>
  page.evaluate(
    async ([address, choice, password]) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ name: 'Ada', password });
      return (await fetch(`${address}/login`, { method: 'POST', headers, body, credentials: choice })).status;
    },
    [url, credentials, PASSWORD] as const,
  );

/** The check by the axios of the page, with or without the option. A text, so that it is the browser that imports. */
const checkByAxios = (withCredentials: boolean) =>
  page.evaluate<number>(`import('/api.ts').then(async ({ api }) => {
    const { status } = await api.get('/session', { withCredentials: ${withCredentials}, validateStatus: null });
    return status;
  })`);

describe('in a browser', () => {
  it('sends a user who is not signed in to the login page, and back after signing in', async () => {
    await page.goto(`${frontEnd.url}/?tab=2`);
    await heading('Sign in').waitFor();
    expect(page.url()).toBe(`${frontEnd.url}/login.html?returnTo=%2F%3Ftab%3D2`);
    expect(await context.cookies()).toEqual([]);

    await signIn();
    await heading('Hello, Ada').waitFor();
    expect(page.url()).toBe(`${frontEnd.url}/?tab=2`);
  });

  it('keeps the cookie from scripts', async () => {
    await page.goto(frontEnd.url);
    await signIn();
    await heading('Hello, Ada').waitFor();
    expect(await context.cookies()).toMatchObject([{ name: 'sid', httpOnly: true, sameSite: 'Lax' }]);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('stays at the login page after a wrong password, and says so', async () => {
    await page.goto(frontEnd.url);
    await signIn('wrong');
    await page.getByText('The name or the password is wrong.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/login.html');
    await signIn();
    await heading('Hello, Ada').waitFor();
  });

  it('signs out: the check redirects again, here and in a page that Back brings up', async () => {
    await page.goto(frontEnd.url);
    await signIn();
    await heading('Hello, Ada').waitFor();
    const other = await context.newPage();
    await other.goto(frontEnd.url);
    await other.getByRole('heading', { name: 'Hello, Ada' }).waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading('Sign in').waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.goto(frontEnd.url);
    await heading('Sign in').waitFor();

    await other.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('needs withCredentials, to send the cookie and to keep it', async () => {
    await page.goto(frontEnd.url);
    await signIn();
    await heading('Hello, Ada').waitFor();
    expect([await checkByAxios(true), await checkByAxios(false)]).toEqual([200, 401]);

    await context.clearCookies();
    expect(await logIn(api.url, 'same-origin')).toBe(200);
    expect(await context.cookies()).toEqual([]);
  });

  it.each(['https://evil.example/', '//evil.example/', 'javascript:alert(1)', 'http://'])(
    'goes to no other site after signing in: %s',
    async (returnTo) => {
      await page.goto(`${frontEnd.url}/login.html?returnTo=${encodeURIComponent(returnTo)}`);
      await signIn();
      await heading('Hello, Ada').waitFor();
      expect(page.url()).toBe(`${frontEnd.url}/`);
    },
  );
});

describe('a page of another origin', () => {
  const signOutFrom = async (origin: string, url: string): Promise<number> => {
    await page.goto(origin);
    const answered = page.waitForResponse(`${url}/logout`);
    // As a form does: the browser does not ask first.
    await ask(`${url}/logout`, { method: 'POST', mode: 'no-cors' });
    return (await answered).status();
  };

  it('neither reads nor changes anything', async () => {
    await page.goto(frontEnd.url);
    await signIn();
    await heading('Hello, Ada').waitFor();
    const origin = `http://localhost:${stranger.port}`;
    await page.goto(origin);
    expect(await ask(`${api.url}/session`)).toContain('Failed to fetch');
    expect(await signOutFrom(origin, api.url)).toBe(403);
    await page.goto(frontEnd.url);
    await heading('Hello, Ada').waitFor();
  });

  it('would sign people out without the CSRF protection, for it is the same site', async () => {
    const careless = await Guide.write('docs/guides/session-check-and-axios.md', {
      'app.enableCsrfProtection({ trustedOrigins: [frontEnd] });': '',
    });
    const open = await (await careless.start('main.ts', { FRONT_END: frontEnd.url })).ready();
    await page.goto(`${frontEnd.url}/login.html`);
    expect(await logIn(open.url, 'include')).toBe(200);
    expect(await ask(`${open.url}/session`)).toBe(200);
    expect(await signOutFrom(`http://localhost:${stranger.port}`, open.url)).toBe(204);
    expect(await context.cookies()).toEqual([]);
    await careless.remove();
  });

  it('of another site keeps no cookie, even if it is allowed: SameSite=Lax', async () => {
    const origin = `http://127.0.0.1:${stranger.port}`;
    const allowing = await (await guide.start('main.ts', { FRONT_END: origin })).ready();
    await page.goto(origin);
    expect(await logIn(allowing.url, 'include')).toBe(200);
    expect(await ask(`${allowing.url}/session`)).toBe(401);
    expect(await context.cookies()).toEqual([]);
    await allowing.stop();
  });
});

describe('in Node', () => {
  it('sends the cookie by hand, and is signed out afterwards', async () => {
    const client = await guide.start('client.ts', { API: api.url, PASSWORD });
    expect(await client.ended).toBe(0);
    expect(client.output).toBe('Signed in as Ada\nAfter the logout: 401\n');
  });

  it('fails with a wrong password', async () => {
    const client = await guide.start('client.ts', { API: api.url, PASSWORD: 'wrong' });
    expect(await client.ended).toBe(1);
    expect(client.output).toContain('status code 401');
  });
});
