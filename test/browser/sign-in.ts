import type { Page } from 'playwright-core';
import type { Person } from '../sample/sample.js';

/** Fills in the login page of the sample that is open, and sends it. */
export async function signIn(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in at a site, and waits for the page at that path. */
export async function signInFor(page: Page, site: string, path: string, who: Person): Promise<void> {
  await page.goto(`${site}/login?returnTo=${path}`);
  await signIn(page, who);
  await page.waitForURL(`${site}${path}`);
}
