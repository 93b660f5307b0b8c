import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../support/http-client.js';
import { useFolder } from './sample-hooks.js';
import { john, startSample, type Sample } from './sample.js';

const folder = useFolder();
let sample: Sample;
let signedIn: HttpClient;
beforeAll(async () => {
  sample = await startSample({ SESSION_STORE: 'sqlite', DATA_DIR: folder.path });
  signedIn = await sample.signIn(john);
});
afterAll(() => sample.close());

const GET = ['/', '/login', '/dashboard', '/auth/me', '/cart', '/admin/users', '/health', '/style.css'];
const POST = ['/auth/login', '/auth/logout', '/cart/items'];

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookies: readonly string[];
}

/** A request with headers as they are; fetch would tidy them up. A request that hangs fails. */
function send(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(sample.url);
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, cookies: response.headers['set-cookie'] ?? [] }),
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path} hangs`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Bytes as they are, to where no client would send them. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(sample.url).port), '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0] ?? ''));
    socket.on('error', reject);
  });
}

describe('a cookie that is not ours', () => {
  const flip = (text: string, at: number): string => {
    const other = text.charAt(at) === 'A' ? 'B' : 'A';
    return text.slice(0, at) + other + text.slice(at + 1);
  };
  const table: [name: string, make: (good: string) => string][] = [
    ['an id with another first character', (good) => `sid=${flip(good, 4)}`],
    ['an id with another last character', (good) => `sid=${flip(good, good.indexOf('.') - 1)}`],
    ['a signature with another first character', (good) => `sid=${flip(good, good.indexOf('.') + 1)}`],
    ['no signature', (good) => `sid=${good.slice(0, good.indexOf('.'))}`],
    ['an empty signature', (good) => `sid=${good.slice(0, good.indexOf('.') + 1)}`],
    ['a short signature', (good) => `sid=${good.slice(0, -5)}`],
    ['a long signature', (good) => `sid=${good}AAAA`],
    ['no prefix', (good) => `sid=${good.slice(4)}`],
    ['another case', (good) => `sid=${good.toLowerCase()}`],
    ['another name', (good) => `SID=${good}`],
    ['an encoding twice', (good) => `sid=${encodeURIComponent(good)}`],
    ['"s2:"', () => 'sid=s2:'],
    ['"s2:."', () => 'sid=s2:.'],
    ['".."', () => 'sid=..'],
    ['nothing', () => 'sid='],
    ['nothing in quotes', () => 'sid=""'],
    ['no equals sign', () => 'sid'],
    ['a broken percent sign', () => 'sid=%E0%A4%A'],
    ['a lone percent sign', () => 'sid=%'],
    ['JSON', () => 'sid=j:{}'],
    ['JSON with a prototype', () => 'sid=j:{"__proto__":{"user":{"id":"1"}}}'],
    ['__proto__', () => '__proto__=1; sid=__proto__'],
    ['an encoded NUL', () => 'sid=s2%3A%00.%00'],
    ['encoded Unicode', () => `sid=${encodeURIComponent('s2:ключ🔑.подпись')}`],
    ['bytes that are not ASCII', () => 'sid=s2:\u00ff\u00fe.\u00fd'],
    ['many semicolons', () => ';'.repeat(4_000)],
    ['many names', () => Array.from({ length: 900 }, (_, index) => `a${index}=b`).join('; ')],
    ['the name 300 times', () => Array.from({ length: 300 }, () => 'sid=s2:a.b').join('; ')],
    ['8 KB', () => `sid=s2%3A${'A'.repeat(8_000)}.${'B'.repeat(40)}`],
    ['16 KB', () => `sid=s2%3A${'A'.repeat(16_384)}.${'B'.repeat(43)}`],
  ];

  it.each(table)('signs no user in: %s', async (name, make) => {
    const cookie = make((await signedIn.cookie()) ?? '');
    for (const path of GET) {
      const { status } = await send('GET', path, { cookie });
      const open = name === '16 KB' ? 431 : 200;
      const expected = ['/dashboard', '/auth/me', '/admin/users'].includes(path) && open === 200 ? 401 : open;
      expect([path, status]).toEqual([path, expected]);
    }
    const posted = await send('POST', '/cart/items', { cookie, 'content-type': 'application/json' }, '{}');
    expect(posted.status).toBe(name === '16 KB' ? 431 : 400);
  });

  it('is passed over next to the right one', async () => {
    const good = (await signedIn.cookie()) ?? '';
    for (const cookie of [`sid=s2%3Aa.b; sid=${good}`, `sid=${good}; sid=s2%3Aa.b`, `sid=${good}; sid=${good}`]) {
      expect((await send('GET', '/auth/me', { cookie })).status).toBe(200);
    }
    expect((await send('GET', '/auth/me', { cookie: ['sid=x', `sid=${good}`] })).status).toBe(200);
  });

  it('cannot choose between two people', async () => {
    const other = await sample.client();
    await other.post('/auth/login', john);
    const cookie = `sid=${await other.cookie()}; sid=${await signedIn.cookie()}`;
    expect((await send('GET', '/auth/me', { cookie })).status).toBe(401);
  });

  it.each([
    ['a NUL', 'GET /auth/me HTTP/1.1\r\nHost: a\r\nCookie: sid=s2:\0a.b\r\nConnection: close\r\n\r\n'],
    ['a NUL in the path', 'GET /auth\0/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a line break', 'GET /auth/me HTTP/1.1\r\nHost: a\r\nCookie: sid=a\nb\r\nConnection: close\r\n\r\n'],
    ['bytes of UTF-8', 'GET /auth/me HTTP/1.1\r\nHost: a\r\nCookie: sid=\xc3\x28\xf0\x9f\r\nConnection: close\r\n\r\n'],
    ['no host', 'GET /auth/me HTTP/1.1\r\nCookie: sid=a\r\nConnection: close\r\n\r\n'],
  ])('is refused in raw bytes: %s', async (_, bytes) => {
    expect(await sendRaw(bytes)).toMatch(/^HTTP\/1\.1 (400|401|404) /);
  });
});

describe('a body that is not right', () => {
  const json = 'application/json';
  const form = 'application/x-www-form-urlencoded';
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const table: [name: string, type: string | undefined, body: string, status: readonly number[]][] = [
    ['broken JSON', json, '{"username":', [400]],
    ['two JSON values', json, '{}{}', [400]],
    ['JSON text', json, '"text"', [400]],
    ['JSON null', json, 'null', [400]],
    ['JSON list', json, '[]', [400]],
    ['JSON number', json, '7', [400]],
    ['an empty object', json, '{}', [400]],
    ['nothing', json, '', [400]],
    ['no type', undefined, '{"username":"johnDoe","password":"password123"}', [400]],
    ['text/plain', 'text/plain', '{"username":"johnDoe","password":"password123"}', [400, 415]],
    ['multipart', 'multipart/form-data; boundary=x', '--x--', [400, 415]],
    ['no media type', '\u00ff', '{}', [400, 415]],
    ['an unknown charset', `${json}; charset=nonsense`, '{}', [415]],
    ['numbers', json, '{"username":1,"password":2,"sku":3,"quantity":"4"}', [400]],
    ['lists', json, '{"username":["johnDoe"],"password":["password123"],"sku":["a"],"quantity":[1]}', [400]],
    ['objects', json, '{"username":{"$ne":null},"password":{"$ne":null},"sku":{},"quantity":{}}', [400]],
    ['null and true', json, '{"username":null,"password":true,"sku":null,"quantity":true}', [400]],
    ['empty texts', json, '{"username":"","password":"","sku":"","quantity":1}', [400]],
    [
      'long texts',
      json,
      JSON.stringify({ username: 'a'.repeat(65), password: 'b', sku: 'c'.repeat(41), quantity: 1 }),
      [400],
    ],
    [
      'a prototype',
      json,
      '{"__proto__":{"username":"johnDoe","password":"password123","sku":"a","quantity":1}}',
      [400],
    ],
    ['a constructor', json, '{"constructor":{"prototype":{"username":"johnDoe"}}}', [400]],
    ['a form with a prototype', form, '__proto__[username]=johnDoe&__proto__[password]=a&__proto__[sku]=a', [400]],
    ['a form with lists', form, 'username=a&username=b&password=c&sku=a&sku=b&quantity=1&quantity=2', [400]],
    ['a form with objects', form, 'username[a]=b&password[c]=d&sku[e]=f&quantity[g]=1', [400]],
    ['a form of percent signs', form, 'username=%E0%A4%A&password=%&sku=%&quantity=%', [400, 401]],
    ['a form with 2,000 fields', form, 'a=1&'.repeat(2_000), [400, 413]],
    ['very deep JSON', json, deep, [400, 413]],
    ['200 KB', json, JSON.stringify({ username: 'a'.repeat(200_000) }), [413]],
  ];

  it.each(table)('is refused: %s', async (_, type, body, statuses) => {
    for (const path of ['/auth/login', '/cart/items']) {
      for (const cookie of [undefined, `sid=${await signedIn.cookie()}`]) {
        const headers = { ...(type && { 'content-type': type }), ...(cookie && { cookie }) };
        const answer = await send('POST', path, headers, body);
        expect(statuses, `${path}: ${answer.body}`).toContain(answer.status);
        expect(answer.cookies).toEqual([]);
      }
    }
    expect((await signedIn.get('/auth/me')).status).toBe(200);
  });

  it('is refused where a content encoding lies', async () => {
    for (const encoding of ['gzip', 'br', 'nonsense']) {
      const headers = { 'content-type': json, 'content-encoding': encoding };
      expect([400, 415]).toContain((await send('POST', '/auth/login', headers, '{"a":1}')).status);
    }
  });

  it.each([0, -1, 100, 1.5, 1e300, '1', null, true, []])('takes no quantity %j', async (quantity) => {
    expect((await signedIn.post('/cart/items', { sku: 'a', quantity })).status).toBe(400);
  });

  it.each(['', ' ', 'a b', 'a\u0000', 'ключ', 'a'.repeat(41), '\ud800'])('takes no sku %j', async (sku) => {
    expect((await signedIn.post('/cart/items', { sku, quantity: 1 })).status).toBe(400);
  });

  it('is an unknown user: Unicode, NUL, names of the language', async () => {
    for (const username of [
      '__proto__',
      'constructor',
      'jöhn',
      '\u0000',
      '\ud800',
      "' OR 1=1 --",
      'johndoe',
      'johnDoe ',
    ]) {
      expect((await signedIn.post('/auth/login', { ...john, username })).status).toBe(401);
    }
    expect((await signedIn.get('/auth/me')).status).toBe(200);
  });

  it('fills the cart so far and no further', async () => {
    const client = await sample.client();
    for (let index = 0; index < 50; index++) await client.post('/cart/items', { sku: `item-${index}`, quantity: 1 });
    expect((await client.post('/cart/items', { sku: 'one-more', quantity: 1 })).status).toBe(400);
    expect((await client.post('/cart/items', { sku: 'item-7', quantity: 98 })).status).toBe(201);
    expect((await client.post('/cart/items', { sku: 'item-7', quantity: 1 })).status).toBe(400);
    const { items } = await (await client.get('/cart')).json();
    expect(items).toHaveLength(50);
    expect(items[7]).toEqual({ sku: 'item-7', quantity: 99 });
  });
});

describe('a path or method that is not right', () => {
  it.each([
    '/%E0%A4%A',
    '/%00',
    '/..%2f..%2fpackage.json',
    '/../../package.json',
    '/login?returnTo[]=x&returnTo=%E0%A4%A',
    '/login?returnTo=//evil.example&__proto__[a]=b',
    `/login?returnTo=${'/a'.repeat(3_000)}`,
    '//evil.example/',
    '/views/layout.hbs',
    '/.env',
  ])('%s', async (path) => {
    const { status, body } = await send('GET', path, { accept: 'text/html' });
    expect([200, 400, 404]).toContain(status);
    expect(body).not.toMatch(/evil\.example|devDependencies|\{\{/);
  });

  it('answers every method everywhere, and never with a failure of its own', async () => {
    const headers = { cookie: `sid=${await signedIn.cookie()}`, 'content-type': 'application/json' };
    for (const path of [...GET, ...POST]) {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND']) {
        const { status } = await send(method, path, headers, method === 'PUT' ? '{' : undefined);
        expect([method, path, status < 500]).toEqual([method, path, true]);
      }
    }
    expect((await signedIn.get('/auth/me')).status).toBe(200);
  });
});
