import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { session } from 'nest-session/express';
import { memoryRevocation, sealedCookie, type SealedCookieOptions } from 'nest-session/sealed';
import { HttpClient } from '../support/http-client.js';
import { password } from './sealed-app.js';

declare module 'express-session' {
  interface SessionData {
    visitor?: string;
  }
}

let close = () => {};
afterEach(() => {
  close();
  vi.unstubAllEnvs();
});

async function start(given: Partial<SealedCookieOptions> = {}): Promise<HttpClient> {
  const app = express();
  app.use(session({ store: sealedCookie({ password, revocation: memoryRevocation(), ...given }) }));
  app.post('/enter/:name', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.visitor = req.params.name;
      res.send('ok');
    });
  });
  app.post('/leave', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.send('ok')));
  });
  app.get('/', (req, res) => void res.send(req.session.visitor ?? 'nobody'));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => void server.close();
  return new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const text = async (client: HttpClient) => (await client.get('/')).text();

describe('a sealed cookie on plain Express', () => {
  it('carries the session, without a record or a cookie for visitors who only read', async () => {
    const client = await start();
    expect((await client.get('/')).headers.getSetCookie()).toEqual([]);
    const [line] = (await client.post('/enter/ada')).headers.getSetCookie();
    expect(line).toMatch(/^session=Fe26\.2\*[^;]*; Max-Age=1800; Path=\/; Expires=[^;]*; HttpOnly; SameSite=Lax$/);
    expect(await text(client)).toBe('ada');
  });

  it('is over after destroy and regenerate, for every copy', async () => {
    const client = await start();
    await client.post('/enter/ada');
    const first = await client.clone();
    await client.post('/enter/bob');
    const second = await client.clone();
    await client.post('/leave');
    for (const one of [client, first, second]) expect(await text(one)).toBe('nobody');
  });

  it('is as safe as in the module', async () => {
    const weak = { cookieOptions: { secure: false } };
    vi.stubEnv('NODE_ENV', 'production');
    await expect(start({ ...weak, revocation: 'none' })).rejects.toThrow(/cookie\.secure/);
    await expect(start({ password: 'short', revocation: 'none' })).rejects.toThrow(/has 5 characters and needs 32/);
    await expect(start()).rejects.toThrow(/memoryRevocation\(\) forgets logouts at a restart/);
    const client = await start({ revocation: 'none' });
    expect((await client.post('/enter/ada')).headers.getSetCookie()).toEqual([]);
  });
});
