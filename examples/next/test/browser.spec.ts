import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../../test/browser/chromium.js';
import { KINDS, startExample, type ExampleApp } from './example-app.js';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe.each(KINDS)('in a browser, with sessions of the kind %s', (kind) => {
  let app: ExampleApp;
  let site: string;
  beforeAll(async () => {
    app = await startExample(kind);
    site = app.url;
  });
  afterAll(() => app?.stop());

  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    complaints.length = 0;
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('request', (request) => {
      // Neither fonts nor anything else comes from elsewhere.
      if (!request.url().startsWith(`${site}/`)) complaints.push(`asked for ${request.url()}`);
    });
  });
  afterEach(() => context.close());

  const heading = (name: string) => page.getByRole('heading', { level: 1, name });
  const path = () => new URL(page.url()).pathname;

  async function signIn(password = 'analytical engine'): Promise<void> {
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  async function viewsShown(): Promise<number | undefined> {
    const [shown] = await page.locator('dt:text-is("Pages opened") + dd').allTextContents();
    return shown === undefined ? undefined : Number(shown);
  }
  const viewsKept = () =>
    page.evaluate(async () => ((await (await fetch('/nest/me')).json()) as { views?: number }).views);

  it('a person signs in, is known on every page, and signs out for good', async () => {
    await page.goto(site);
    await page.getByRole('link', { name: 'Dashboard', exact: true }).click();
    await heading('Sign in').waitFor();
    await signIn();
    await heading('Hello, Ada Lovelace').waitFor();
    expect(path()).toBe('/dashboard');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await viewsShown()).toBe(await viewsKept());
    await page.reload();
    await heading('Hello, Ada Lovelace').waitFor();
    expect(await viewsShown()).toBe(await viewsKept());

    await page.getByLabel('Written here, read by the API').fill('Tea at four');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('dd', { hasText: 'Tea at four' }).waitFor();
    expect(await viewsShown()).toBe(await viewsKept());
    await page.getByRole('link', { name: 'Profile', exact: true }).click();
    await heading('Profile').waitFor();
    await page.locator('dd', { hasText: 'Tea at four' }).waitFor();
    await page.getByRole('link', { name: 'Dashboard', exact: true }).click();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading('Sign in').waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.goBack();
    await heading('Sign in').waitFor();
    expect(await page.getByText('Ada Lovelace').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('a wrong password is said aloud, and the page that was wanted comes after the right one', async () => {
    await page.goto(`${site}/profile`);
    await heading('Sign in').waitFor();
    await signIn('difference engine');
    await page.getByRole('alert').filter({ hasText: 'password is wrong' }).waitFor();
    expect(await page.getByLabel('Username').inputValue()).toBe('ada');
    await signIn();
    await heading('Profile').waitFor();
    expect(complaints).toEqual([]);
  });

  it.each(['/dashboard', '/profile'])(
    '%s asks again who is signed in when Back brings it from memory',
    async (name) => {
      await page.goto(`${site}${name}`);
      await signIn();
      await page.getByText('Ada Lovelace').first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate(async () => (await fetch('/nest/logout', { method: 'POST' })).status)).toBe(204);
      // What the browser says to a page that comes from its memory, which the driver of this browser switches off.
      await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
      await heading('Sign in').waitFor();
    },
  );

  it('every page fits on a phone', async () => {
    const shots = process.env['SCREENSHOTS'];
    const look = async (name: string, wanted: string): Promise<void> => {
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.goto(`${site}${name}`);
        await heading(wanted).waitFor();
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        expect([name, size.width, sideways]).toEqual([name, size.width, false]);
        const file = `${kind}${name.replaceAll('/', '-')}-${size.width}.png`;
        if (shots !== undefined) await page.screenshot({ path: join(shots, file), fullPage: true });
      }
    };
    await look('/', 'Sign in once');
    await look('/login', 'Sign in');
    await signIn();
    await heading('Hello, Ada Lovelace').waitFor();
    await look('/dashboard', 'Hello, Ada Lovelace');
    await look('/profile', 'Profile');
  });
});
