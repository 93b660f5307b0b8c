import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { useFolder } from './sample-hooks.js';
import { john } from './sample.js';
import { SampleProcess } from './sample-process.js';

const folder = useFolder('each');
const started: SampleProcess[] = [];
const start = (env: Readonly<Record<string, string>>): SampleProcess => {
  const sample = new SampleProcess(folder.path, env);
  started.push(sample);
  return sample;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((sample) => sample.stop('SIGKILL')));
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the process', () => {
  it('needs no environment, keeps people signed in over a restart, and closes its store on SIGTERM', async () => {
    const first = start({ PORT: '0' });
    const client = new HttpClient(await first.url());
    expect((await client.post('/auth/login', john)).status).toBe(200);

    const data = join(folder.path, '.data');
    const files = ['audit.db', 'session-secret', 'sessions.db'];
    const open = ['audit.db', 'sessions.db'].flatMap((file) => [`${file}-shm`, `${file}-wal`]);
    expect(readdirSync(data).sort()).toEqual([...files, ...open].sort());
    expect([data, ...files.map((file) => join(data, file))].map(modeOf)).toEqual(['700', '600', '600', '600']);
    const secret = readFileSync(join(data, 'session-secret'), 'utf8');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(first.output).not.toContain(secret.trim());

    expect(await first.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(readdirSync(data).sort()).toEqual(files);

    const second = start({ PORT: '0' });
    const again = new HttpClient(await second.url());
    for (const cookie of await client.jar.getCookies(client.baseUrl)) await again.jar.setCookie(cookie, again.baseUrl);
    expect((await again.get('/auth/me')).status).toBe(200);
    expect(readFileSync(join(data, 'session-secret'), 'utf8')).toBe(secret);
    expect(await second.stop('SIGINT')).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('answers what is under way before it ends, and takes nothing new', async () => {
    const sample = start({ PORT: '0' });
    const url = new URL(await sample.url());
    const body = JSON.stringify(john);
    const socket = connect(Number(url.port), url.hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    const lines = ['POST /auth/login HTTP/1.1', 'Host: sample', 'Connection: close', 'Content-Type: application/json'];
    socket.write(`${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
    // The server has taken the request once it answers another one that came later.
    await new HttpClient(url.href).get('/health');

    const end = sample.stop('SIGTERM');
    await expect
      .poll(() =>
        new HttpClient(url.href).get('/health').then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    socket.write(body.slice(9));
    expect((await end).signal).toBe('SIGTERM');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/Set-Cookie: sid=s2%3A/);
  });

  it('says everything that is wrong with the environment at once, and ends', async () => {
    const sample = start({ PORT: 'http', SESSION_STORE: 'redis', CORS_ORIGIN: '*', NODE_ENV: 'production' });
    expect((await sample.ended).code).toBe(1);
    for (const name of ['PORT', 'REDIS_URL', 'CORS_ORIGIN', 'SESSION_SECRET']) {
      expect(sample.output).toMatch(new RegExp(`^  - ${name} `, 'm'));
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('says that its port is taken, and ends', async () => {
    const url = new URL(await start({ PORT: '0' }).url());
    const second = start({ PORT: url.port, DATA_DIR: 'other' });
    expect((await second.ended).code).toBe(1);
    expect(second.output).toContain('EADDRINUSE');
  });

  it('sends the cookie over https only in production', async () => {
    const secret = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js0';
    const sample = start({ PORT: '0', NODE_ENV: 'production', SESSION_SECRET: secret, TRUST_PROXY: '1' });
    const url = await sample.url();
    const login = (proto: string) =>
      fetch(`${url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-proto': proto },
        body: JSON.stringify(john),
      });
    const [cookie] = (await login('https')).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-sid=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect((await login('http')).headers.getSetCookie()).toEqual([]);
    await expect.poll(() => sample.output).toContain('The session cookie is Secure');
  });
});
