import { Controller, Get, Header, Post } from '@nestjs/common';
import { memoryStore, NoSession, SessionService } from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../support/test-clock.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { launchBrowser } from './chromium.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'";
const page = (attributes: string) =>
  `<!doctype html><html lang="en"><title>Work</title><h1>Work</h1><script src="/session/expiry/script.js" ${attributes} defer></script>`;

@Controller()
class PagesController {
  constructor(private readonly sessions: SessionService) {}

  @Post('sign-in')
  signIn() {
    return this.sessions.login({ id: 'u1', username: 'u1' });
  }

  @Post('sign-out')
  signOut() {
    return this.sessions.logout();
  }

  @NoSession()
  @Get('login')
  @Header('Content-Type', 'text/html')
  login() {
    return '<!doctype html><title>Sign in</title><h1>Sign in</h1>';
  }

  @NoSession()
  @Get('work')
  @Header('Content-Type', 'text/html')
  @Header('Content-Security-Policy', POLICY)
  work() {
    return page('data-login="/login"');
  }

  @NoSession()
  @Get('arbeit')
  @Header('Content-Type', 'text/html')
  @Header('Content-Security-Policy', POLICY)
  arbeit() {
    return page(
      'data-login="/login" data-warn="300" data-title="Noch da?" data-text="Abmeldung in {time}" data-stay="Bleiben" ' +
        'data-close="Zu" data-final="Endgültige Abmeldung in {time}"',
    );
  }
}

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser?.close());

let clock: TestClock;
let app: TestApp;
let site: string;
let context: BrowserContext;
const complaints: string[] = [];

beforeEach(async () => {
  clock = new TestClock();
  app = await startTestApp(
    'express',
    { store: memoryStore({ clock }), clock, idleTimeout: '30m', absoluteTimeout: '1h' },
    { controllers: [PagesController], imports: [SessionExpiryModule.forRoot()], guards: [] },
  );
  site = `http://localhost:${new URL(app.url).port}`;
  context = await browser.newContext();
  complaints.length = 0;
  // The browser's clock is three hours ahead of the server's.
  await context.clock.install({ time: clock.now() + 3 * HOUR });
});
afterEach(async () => {
  await context.close();
  await app.close();
});

/** Time passes for the server and in the browser. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await context.clock.runFor(ms);
}

async function openTab(path = '/work'): Promise<Page> {
  const tab = await context.newPage();
  tab.on(
    'console',
    (message) => void (/Content.Security.Policy/i.test(message.text()) && complaints.push(message.text())),
  );
  tab.on('pageerror', (error) => complaints.push(String(error)));
  const known = tab.waitForResponse(`${site}/session/expiry`);
  await tab.goto(site + path);
  const answer = await known;
  // The script reads no body of a refusal.
  if (answer.ok()) await answer.finished();
  return tab;
}

async function signIn(): Promise<void> {
  const tab = await context.newPage();
  await tab.goto(`${site}/login`);
  await tab.evaluate(() => fetch('/sign-in', { method: 'POST' }).then(() => undefined));
  await tab.close();
}

const dialogOf = (tab: Page) => tab.getByRole('alertdialog');

describe('the expiry script', () => {
  it('warns before the end, in an accessible dialog, and stays if asked to: in all tabs', async () => {
    await signIn();
    const one = await openTab();
    const two = await openTab();
    await pass(27 * MINUTE);
    expect(await dialogOf(one).count()).toBe(0);
    await pass(MINUTE + SECOND);
    for (const tab of [one, two]) await dialogOf(tab).waitFor();
    const dialog = one.getByRole('alertdialog', { name: 'Are you still there?' });
    expect(await dialog.getByText(/You will be signed out in (2:00|1:5\d)\./).count()).toBe(1);
    await one.bringToFront();
    const described = await dialog.getAttribute('aria-describedby');
    expect(await one.locator(`#${described}`).textContent()).toMatch(/signed out in/);
    expect(await one.evaluate(() => document.activeElement?.textContent)).toBe('Stay signed in');

    // With the keyboard alone.
    await one.keyboard.press('Enter');
    for (const tab of [one, two]) await dialogOf(tab).waitFor({ state: 'hidden' });
    const end = await one.evaluate(async () => {
      const answer = (await (await fetch('/session/expiry')).json()) as { expiresAt: number };
      return answer.expiresAt;
    });
    expect(end).toBe(clock.now() + 30 * MINUTE);
    expect(complaints).toEqual([]);
  });

  it('leaves for the login page at the end, from every tab, and says where it comes from', async () => {
    await signIn();
    const one = await openTab('/work?page=2');
    const two = await openTab();
    await pass(28 * MINUTE + SECOND);
    for (const tab of [one, two]) await dialogOf(tab).waitFor();
    await pass(3 * MINUTE);
    await one.waitForURL(`${site}/login?returnTo=${encodeURIComponent('/work?page=2')}`);
    await two.waitForURL(`${site}/login?returnTo=${encodeURIComponent('/work')}`);
    expect(complaints).toEqual([]);
  });

  it('finds that another tab has signed out', async () => {
    await signIn();
    const one = await openTab();
    const two = await openTab();
    await two.evaluate(() => fetch('/sign-out', { method: 'POST' }).then(() => undefined));
    await pass(28 * MINUTE + SECOND);
    for (const tab of [one, two]) await tab.waitForURL(/\/login\?returnTo=/);
  });

  it('does not warn of an end that use elsewhere has put off', async () => {
    await signIn();
    const one = await openTab();
    await pass(20 * MINUTE);
    await one.evaluate(() => fetch('/session/expiry', { method: 'POST' }).then(() => undefined));
    const asked = one.waitForResponse(`${site}/session/expiry`);
    await pass(8 * MINUTE + SECOND);
    await (await asked).finished();
    expect(await dialogOf(one).count()).toBe(0);
    await pass(20 * MINUTE);
    await dialogOf(one).waitFor();
  });

  it('speaks the language of the page, and offers nothing that cannot be had: the absolute end', async () => {
    await signIn();
    const tab = await openTab('/arbeit');
    await pass(25 * MINUTE + SECOND);
    await tab
      .getByRole('alertdialog', { name: 'Noch da?' })
      .getByText(/^Abmeldung in 4:5\d$|^Abmeldung in 5:00$/)
      .waitFor();
    await tab.getByRole('button', { name: 'Bleiben' }).click();
    await dialogOf(tab).waitFor({ state: 'hidden' });
    await pass(20 * MINUTE);
    await tab.evaluate(() => fetch('/session/expiry', { method: 'POST' }).then(() => undefined));
    const asked = tab.waitForResponse(`${site}/session/expiry`);
    await pass(5 * MINUTE);
    await (await asked).finished();
    await pass(5 * MINUTE);
    await dialogOf(tab)
      .getByText(/^Endgültige Abmeldung in /)
      .waitFor();
    expect(await tab.getByRole('button').allTextContents()).toEqual(['Zu']);
    await tab.getByRole('button', { name: 'Zu' }).click();
    await dialogOf(tab).waitFor({ state: 'hidden' });
    await pass(5 * MINUTE + SECOND);
    await tab.waitForURL(/\/login\?returnTo=%2Farbeit$/);
    expect(complaints).toEqual([]);
  });

  it('shows nothing without a session', async () => {
    const tab = await openTab();
    await pass(31 * MINUTE);
    expect(await dialogOf(tab).count()).toBe(0);
    expect(new URL(tab.url()).pathname).toBe('/work');
    expect(await context.cookies()).toEqual([]);
  });
});
