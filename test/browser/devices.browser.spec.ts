import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../sample/sample-hooks.js';
import { jane, john, startSample, type Person, type Sample } from '../sample/sample.js';
import { launchBrowser } from './chromium.js';
import { signInFor } from './sign-in.js';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

const folder = useFolder();
let browser: Browser;
let other: Browser;
let sample: Sample;
let site: string;
const contexts: BrowserContext[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  [browser, other] = await Promise.all([launchBrowser(), launchBrowser()]);
});
afterAll(() => Promise.all([browser?.close(), other?.close()]));
let run = 0;
beforeEach(async () => {
  sample = await startSample({ SESSION_STORE: 'sqlite', DATA_DIR: `${folder.path}/${run++}` });
  site = `http://localhost:${new URL(sample.url).port}`;
  complaints.length = 0;
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  await sample.close();
});

/** A signed-in user's browser, on the page of devices. */
async function at(of: Browser, who: Person, userAgent: string, path = '/devices'): Promise<Page> {
  const context = await of.newContext({ userAgent });
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  await signInFor(page, site, path, who);
  return page;
}

/** Lets every login be so many minutes older than it is. */
function ageLogins(minutes: number): void {
  const database = new DatabaseSync(join(folder.path, `${run - 1}`, 'sessions.db'));
  const fact = '$.__nest_session.facts.authTime';
  const sql = `UPDATE sessions SET record = json_set(record, '${fact}', json_extract(record, '${fact}') - ?)
    WHERE json_extract(record, '${fact}') IS NOT NULL`;
  expect(database.prepare(sql).run(minutes * 60_000).changes).toBeGreaterThan(0);
  database.close();
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const names = (page: Page) => page.getByRole('main').getByRole('heading', { level: 2 }).allInnerTexts();

describe('the page of devices', () => {
  it('signs the other browser out, which sees the login page at its next click, and the first one stays', async () => {
    const phone = await at(browser, john, IPHONE);
    expect(await names(phone)).toEqual(['Safari on iPhone This device']);
    await phone.getByText('You are not signed in anywhere else.').waitFor();

    const desk = await at(other, john, FIREFOX);
    expect(await names(desk)).toEqual(['Firefox on Windows This device', 'Safari on iPhone']);
    await desk.getByRole('button', { name: 'Sign out Safari on iPhone' }).click();
    await desk.getByRole('status').getByText('Signed out on Safari on iPhone.').waitFor();
    expect(await names(desk)).toEqual(['Firefox on Windows This device']);

    await phone.getByRole('link', { name: 'Account', exact: true }).click();
    await heading(phone, 'Sign in').waitFor();
    expect(new URL(phone.url()).search).toBe('?returnTo=%2Fdashboard');
    await phone.goBack();
    await heading(phone, 'Sign in').waitFor();

    await desk.reload();
    await heading(desk, 'Your devices').waitFor();
    // The message was for one page.
    expect(await desk.getByRole('status').count()).toBe(0);
    // Nothing inline, nothing from elsewhere: the policy has refused nothing.
    expect(complaints).toEqual([]);
  });

  it('signs out everywhere else with one click', async () => {
    const phone = await at(browser, john, IPHONE);
    const tablet = await at(browser, john, IPHONE);
    const desk = await at(other, john, FIREFOX);
    await desk.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await desk.getByRole('status').getByText('Signed out on 2 other devices.').waitFor();
    for (const page of [phone, tablet]) {
      await page.getByRole('link', { name: 'Activity', exact: true }).click();
      await heading(page, 'Sign in').waitFor();
    }
  });

  it('asks for the password again when the login is old, and returns to where that was', async () => {
    await at(browser, john, IPHONE);
    const desk = await at(other, john, FIREFOX);
    ageLogins(11);
    await desk.getByRole('button', { name: 'Sign out Safari on iPhone' }).click();
    await heading(desk, 'Confirm that it is you').waitFor();
    await desk.getByLabel('Password').fill('wrong');
    await desk.getByRole('button', { name: 'Confirm' }).click();
    await desk.getByRole('alert').getByText('That is not your password.').waitFor();
    await desk.getByLabel('Password').fill(john.password);
    await desk.getByRole('button', { name: 'Confirm' }).click();
    await heading(desk, 'Your devices').waitFor();
    expect(await names(desk)).toEqual(['Firefox on Windows This device', 'Safari on iPhone']);
    await desk.getByRole('button', { name: 'Sign out Safari on iPhone' }).click();
    await desk.getByRole('status').getByText('Signed out on Safari on iPhone.').waitFor();
  });

  it('shows what happened, and by whom', async () => {
    await at(browser, john, IPHONE);
    const desk = await at(other, john, FIREFOX);
    const admin = await at(browser, jane, FIREFOX, '/admin/devices');
    await admin.getByRole('button', { name: 'Sign out johnDoe on Safari on iPhone' }).click();
    await admin.getByRole('status').getByText('johnDoe is signed out on Safari on iPhone.').waitFor();

    await desk.getByRole('link', { name: 'Activity', exact: true }).click();
    await heading(desk, 'Recent activity').waitFor();
    const lines = await desk.getByRole('main').getByRole('listitem').allInnerTexts();
    const texts = lines.map((line) => line.replaceAll(/\s+/g, ' '));
    expect(texts[0]).toBe('Signed out from elsewhere by an administrator just now');
    expect(texts).toEqual(expect.arrayContaining(['New device: Firefox on Windows just now', 'Signed in just now']));
  });

  it('has a page for administrators only', async () => {
    const desk = await at(other, john, FIREFOX);
    expect(await desk.getByRole('link', { name: 'Admin' }).count()).toBe(0);
    expect((await desk.request.get(`${site}/admin/devices`)).status()).toBe(403);

    const admin = await at(browser, jane, IPHONE);
    await admin.getByRole('link', { name: 'Admin' }).click();
    await heading(admin, 'All devices').waitFor();
    await admin.getByRole('button', { name: 'Sign out johnDoe everywhere' }).click();
    await admin.getByRole('status').getByText('johnDoe is signed out on every device.').waitFor();
    await desk.getByRole('link', { name: 'Devices', exact: true }).click();
    await heading(desk, 'Sign in').waitFor();
    await admin.reload();
    await heading(admin, 'All devices').waitFor();
  });

  it('fits on a phone', async () => {
    await at(other, john, FIREFOX);
    const john2 = await at(browser, john, IPHONE);
    const admin = await at(browser, jane, IPHONE);
    for (const width of [320, 360]) {
      for (const [page, path] of [
        [john2, '/devices'],
        [john2, '/activity'],
        [john2, '/dashboard'],
        [admin, '/admin/devices'],
      ] as const) {
        await page.setViewportSize({ width, height: 640 });
        await page.goto(`${site}${path}`);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        expect([width, path, sideways]).toEqual([width, path, false]);
        const small = await page.evaluate(() =>
          Array.from(document.querySelectorAll('button, a.button, nav a'), (it) => it.getBoundingClientRect().height),
        );
        expect(Math.min(...small)).toBeGreaterThanOrEqual(44);
        const hidden = await page.evaluate(() =>
          Array.from(
            document.querySelectorAll('.places a'),
            (it) => it.getBoundingClientRect().right > window.innerWidth,
          ),
        );
        expect(hidden).not.toContain(true);
      }
    }
  });
});
