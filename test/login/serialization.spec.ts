import { expect, it, vi } from 'vitest';
import { startTestApp } from '../support/test-app.js';

it('of a session happens once for its values, once for its record and once for its changes at a login', async () => {
  const app = await startTestApp('express', {});
  const client = app.client();
  await client.post('/values', { cart: ['tea'] });
  const { stringify } = JSON;
  const texts: string[] = [];
  const spy = vi.spyOn(JSON, 'stringify').mockImplementation((...args: Parameters<typeof JSON.stringify>) => {
    const text = stringify(...args);
    texts.push(text);
    return text;
  });
  expect((await client.post('/login', { user: { id: 'ada' }, options: { keep: ['cart'] } })).status).toBe(200);
  spy.mockRestore();
  // What a login is given is made JSON by itself before.
  const sessions = texts.filter((text) => text?.includes('"user":{"id":"ada"}') && text.includes('"cart":['));
  expect(sessions).toHaveLength(3);
  await app.close();
});
