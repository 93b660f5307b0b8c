import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../sample/sample-hooks.js';
import { jane, john, startSample, type Sample } from '../sample/sample.js';
import { launchBrowser } from './chromium.js';
import { signInFor } from './sign-in.js';

const folder = useFolder();
let browser: Browser;
let sample: Sample;
let site: string;
beforeAll(async () => {
  browser = await launchBrowser();
  sample = await startSample({ SESSION_STORE: 'sqlite', DATA_DIR: folder.path });
  site = `http://localhost:${new URL(sample.url).port}`;
});
afterAll(async () => {
  await browser?.close();
  await sample?.close();
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

/** Lets every login be so many minutes older than it is. */
function ageLogins(minutes: number): void {
  const database = new DatabaseSync(join(folder.path, 'sessions.db'));
  const at = '$.__nest_session.auth';
  const sql = `UPDATE sessions SET record = json_set(record, '${at}', json_extract(record, '${at}') - ?)
    WHERE json_extract(record, '${at}') IS NOT NULL`;
  expect(database.prepare(sql).run(minutes * 60_000).changes).toBeGreaterThan(0);
  database.close();
}

const fits = async (): Promise<void> => {
  for (const width of [320, 360]) {
    await page.setViewportSize({ width, height: 640 });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect([width, sideways]).toEqual([width, false]);
    const small = await page.evaluate(() =>
      Array.from(document.querySelectorAll('button, main input'), (it) => it.getBoundingClientRect().height),
    );
    expect(Math.min(...small.filter((height) => height > 0))).toBeGreaterThanOrEqual(44);
  }
};

describe('the pages', () => {
  it('say as whom an administrator acts, until it is stopped', async () => {
    await signInFor(page, site, '/admin/devices', jane);
    await fits();
    await page.getByLabel('Reason to act as johnDoe').fill('Ticket 4711');
    await page.getByRole('button', { name: 'Act as johnDoe' }).click();
    await page.getByRole('heading', { level: 1, name: 'Hello, johnDoe' }).waitFor();
    const banner = page.getByRole('region', { name: 'Acting as another user' });
    expect((await banner.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /^You act as johnDoe, signed in as janeSmith, until \d\d:\d\d UTC\. Reason: Ticket 4711 Stop$/,
    );
    await fits();
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await banner.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('status').getByText('You no longer act as johnDoe.').waitFor();
    expect(await banner.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('warn before the session ends, with nothing that the policy refuses', async () => {
    await signInFor(page, site, '/dashboard', john);
    ageLogins(8 * 60 - 1);
    await page.reload();
    const warning = page.getByRole('alertdialog', { name: 'Are you still there?' });
    await warning.getByText(/^You will be signed out in \d:\d\d\. Save your work\.$/).waitFor();
    await fits();
    await warning.getByRole('button', { name: 'Close' }).click();
    await warning.waitFor({ state: 'hidden' });
    expect(complaints).toEqual([]);
  });
});
