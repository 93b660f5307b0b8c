import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../sample/sample-hooks.js';
import { john, startSample, type Sample } from '../sample/sample.js';
import { launchBrowser } from './chromium.js';
import { startPageServer, type PageServer } from './page-server.js';
import { signIn } from './sign-in.js';

const folder = useFolder();
let browser: Browser;
let friend: PageServer;
let stranger: PageServer;
let sample: Sample;
let site: string;

beforeAll(async () => {
  [browser, friend, stranger] = await Promise.all([launchBrowser(), startPageServer(), startPageServer()]);
  sample = await startSample({
    SESSION_STORE: 'sqlite',
    DATA_DIR: folder.path,
    CORS_ORIGIN: `http://localhost:${friend.port}, http://127.0.0.1:${friend.port}`,
  });
  site = `http://localhost:${new URL(sample.url).port}`;
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([sample?.close(), friend?.close(), stranger?.close()]);
});

let context: BrowserContext;
let page: Page;
const complaints: string[] = [];
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  complaints.length = 0;
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
});
afterEach(() => context.close());

// A browser moves the focus a moment after it has shown the page.
const focused = () => page.evaluate(() => document.activeElement?.id);

const heading = (name: string) => page.getByRole('heading', { level: 1, name });

describe('the pages', () => {
  it('sign a person in, say until when, and sign out for good: Back shows nothing', async () => {
    await page.goto(site);
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signIn(page, john);
    await heading('Hello, johnDoe').waitFor();
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    await page.getByText('Ends in 30 minutes', { exact: true }).waitFor();
    const end = await page.getByRole('main').locator('time').first().getAttribute('datetime');
    expect(Date.parse(end ?? '') - Date.now()).toBeGreaterThan(29 * 60_000);
    expect(await page.evaluate(() => document.cookie)).toBe('');

    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
    await heading('Sign in').waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.goBack();
    await heading('Sign in').waitFor();
    expect(await page.getByText('johnDoe').count()).toBe(0);
    // Nothing inline, nothing from elsewhere: the policy has refused nothing.
    expect(complaints).toEqual([]);
  });

  it('say that the password is wrong, and keep the name', async () => {
    await page.goto(`${site}/login`);
    await signIn(page, { ...john, password: 'wrong' });
    expect(await page.getByRole('alert').textContent()).toContain('password is wrong');
    expect(await page.getByLabel('Username').inputValue()).toBe('johnDoe');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await expect.poll(focused).toBe('password');
    expect(await context.cookies()).toEqual([]);
  });

  it('return to where the person wanted to go, also after a wrong password', async () => {
    await page.goto(`${site}/dashboard?x=1`);
    await heading('Sign in').waitFor();
    await signIn(page, { ...john, password: 'wrong' });
    await page.getByRole('alert').waitFor();
    await signIn(page, john);
    await heading('Hello, johnDoe').waitFor();
    expect(page.url()).toBe(`${site}/dashboard?x=1`);
  });

  it('keep the cart of a visitor who signs in', async () => {
    await page.goto(site);
    await page.getByRole('button', { name: 'Add Green tea' }).click();
    await page.getByRole('region', { name: 'Your cart' }).getByText('Green tea').waitFor();
    await page.getByRole('link', { name: 'Sign in to order' }).click();
    await signIn(page, john);
    await heading('Welcome back, johnDoe').waitFor();
    await page.getByRole('region', { name: 'Your cart' }).getByText('Green tea').waitFor();
  });

  it('keep the cookie over the end of the browser if asked to', async () => {
    await page.goto(`${site}/login`);
    await page.getByLabel('Stay signed in').check();
    await signIn(page, john);
    await page.getByText('Ends in 14 days', { exact: true }).waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'sid', httpOnly: true, sameSite: 'Lax' });
    expect((cookie?.expires ?? 0) * 1000 - Date.now()).toBeGreaterThan(13 * 86_400_000);
  });

  it('work by the keyboard alone', async () => {
    await page.goto(`${site}/login`);
    await expect.poll(focused).toBe('username');
    await page.keyboard.type(john.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(john.password);
    await page.keyboard.press('Enter');
    await heading('Hello, johnDoe').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  });

  it('fit on a phone', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const sideways = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    const visit = async (path: string) => {
      await page.goto(`${site}${path}`);
      expect([path, await sideways()]).toEqual([path, false]);
    };
    for (const path of ['/', '/login', '/nope']) await visit(path);
    await page.goto(`${site}/login`);
    await signIn(page, { ...john, password: 'wrong' });
    await page.getByRole('alert').waitFor();
    expect(await sideways()).toBe(false);
    await signIn(page, john);
    await heading('Hello, johnDoe').waitFor();
    for (const path of ['/', '/login', '/dashboard']) await visit(path);
    const small = await page.evaluate(() =>
      Array.from(document.querySelectorAll('button, a.button'), (element) => element.getBoundingClientRect().height),
    );
    expect(Math.min(...small)).toBeGreaterThanOrEqual(44);
  });
});

describe('a page of another origin', () => {
  interface AskOptions {
    readonly method?: string;
    readonly mode?: 'no-cors';
    readonly credentials: 'include' | 'omit';
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }

  /** What a script on the page gets for a request to the sample. */
  const ask = (path: string, init: AskOptions): Promise<{ status: number; body: string } | string> =>
    page.evaluate(
      async ([url, options]) => {
        try {
          const response = await fetch(url, options);
          return { status: response.status, body: await response.text() };
        } catch (error) {
          return String(error);
        }
      },
      [`${site}${path}`, init] as const,
    );
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

  it('signs in and reads with the cookie, if CORS_ORIGIN names it', async () => {
    await page.goto(`http://localhost:${friend.port}`);
    const login = await ask('/auth/login', { ...json, body: JSON.stringify(john), credentials: 'include' });
    expect(login).toMatchObject({ status: 200 });
    const me = await ask('/auth/me', { credentials: 'include' });
    expect(me).toMatchObject({ status: 200, body: expect.stringContaining('"username":"johnDoe"') });
    expect(await ask('/auth/me', { credentials: 'omit' })).toMatchObject({ status: 401 });
    expect(await ask('/auth/logout', { ...json, body: '{}', credentials: 'include' })).toMatchObject({ status: 204 });
    expect(await context.cookies()).toEqual([]);
  });

  it('gets no cookie if it is on another site, whatever CORS_ORIGIN says: SameSite=Lax', async () => {
    await page.goto(`${site}/login`);
    await signIn(page, john);
    await heading('Hello, johnDoe').waitFor();
    await page.goto(`http://127.0.0.1:${friend.port}`);
    expect(await ask('/auth/me', { credentials: 'include' })).toMatchObject({ status: 401 });
  });

  it('neither reads nor changes anything, if CORS_ORIGIN does not name it', async () => {
    await page.goto(`${site}/login`);
    await signIn(page, john);
    await heading('Hello, johnDoe').waitFor();
    await page.goto(`http://localhost:${stranger.port}`);
    expect(await ask('/auth/me', { credentials: 'include' })).toContain('Failed to fetch');
    expect(await ask('/cart/items', { ...json, body: '{"sku":"a","quantity":1}', credentials: 'include' })).toContain(
      'Failed to fetch',
    );
    // Requests that a browser sends without asking first, as a form does.
    const form = { method: 'POST', mode: 'no-cors', credentials: 'include' } as const;
    await ask('/auth/logout', form);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await ask('/cart/items', { ...form, headers, body: 'sku=a&quantity=1' });

    await page.goto(`${site}/dashboard`);
    await heading('Hello, johnDoe').waitFor();
    await page.goto(site);
    await page.getByText('Your cart is empty.').waitFor();
  });
});
