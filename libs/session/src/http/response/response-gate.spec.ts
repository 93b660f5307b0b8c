import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { watchForCrashes } from '../../../../../test/support/crash-watch.js';
import { deferred } from '../../../../../test/support/deferred.js';
import { streamSenders, type Sender } from '../../../../../test/support/stream-senders.js';
import type { ResponseHooks } from './response-hooks.js';
import { gateResponse } from './response-gate.js';

watchForCrashes();

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

interface Answer {
  readonly status: number;
  /** HTTP/1.1 only. */
  readonly message?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** It did not come to its end. */
  readonly broken: boolean;
}

/** A keeper whose commit a test lets go, and that writes down what happens. */
class Keeper implements ResponseHooks<string> {
  readonly calls: string[] = [];
  readonly commitment = deferred<string>();
  late: () => undefined | Promise<void> = () => undefined;
  onCommitted: () => void = () => undefined;

  constructor(
    private readonly res: ServerResponse,
    private readonly begin?: () => string | Promise<string>,
  ) {}

  commit(): string | Promise<string> {
    this.calls.push('commit');
    return this.begin ? this.begin() : this.commitment.promise;
  }

  committed(outcome: string): void {
    this.calls.push(`committed ${outcome}`);
    this.onCommitted();
    this.res.setHeader('Set-Cookie', `sid=${outcome}`);
  }

  failed(error: unknown): string {
    this.calls.push(`failed ${(error as Error).message}`);
    this.res.statusCode = 503;
    this.res.setHeader('Content-Type', 'application/json');
    return '{"statusCode":503}';
  }

  end(): undefined | Promise<void> {
    this.calls.push('end');
    return this.late();
  }

  lost(error: unknown): void {
    this.calls.push(`lost ${(error as Error).message}`);
  }
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function http1(handler: Handler, method: string): Promise<{ answer: Promise<Answer> }> {
  const server = createServer((req, res) => void handler(req, res));
  const port = await listen(server);
  closers.push(() => server.close().closeAllConnections());
  const client = httpRequest({ port, host: '127.0.0.1', method });
  const answer = new Promise<Answer>((resolve) => {
    client.once('response', (message) => {
      let body = '';
      message.setEncoding('utf8').on('data', (text: string) => (body += text));
      message.on('error', () => {});
      message.once('close', () => {
        const { statusCode = 0, statusMessage, headers, complete } = message;
        resolve({ status: statusCode, message: statusMessage, headers, body, broken: !complete });
      });
    });
    client.once('error', () => resolve({ status: 0, headers: {}, body: '', broken: true }));
  });
  closers.push(() => void client.destroy());
  client.end();
  return { answer };
}

async function http2(handler: Handler, method: string): Promise<{ answer: Promise<Answer> }> {
  const server = createHttp2Server((req, res) => {
    // The compatible classes of HTTP/2 are not assignable to those that they are compatible with.
    void handler(req as unknown as IncomingMessage, res as unknown as ServerResponse);
  });
  const port = await listen(server);
  const client = connect(`http://127.0.0.1:${port}`);
  closers.push(() => {
    client.destroy();
    server.close();
  });
  const stream = client.request({ ':method': method, ':path': '/' });
  const answer = new Promise<Answer>((resolve) => {
    let body = '';
    let headers: IncomingHttpHeaders & { ':status'?: number | undefined } = {};
    let ended = false;
    stream.once('response', (received) => (headers = received));
    stream.setEncoding('utf8').on('data', (text: string) => (body += text));
    stream.on('error', () => {});
    stream.once('end', () => (ended = true));
    stream.once('close', () => {
      resolve({ status: headers[':status'] ?? 0, headers, body, broken: !ended || stream.rstCode !== 0 });
    });
  });
  stream.end();
  return { answer };
}

const transports = { 'HTTP/1.1': http1, 'HTTP/2': http2 };

describe.each(Object.keys(transports) as (keyof typeof transports)[])('gateResponse over %s', (name) => {
  /** Starts a request and hands over when the handler has run. */
  async function start(
    handler: (res: ServerResponse, keeper: Keeper, req: IncomingMessage) => unknown,
    { method = 'GET', begin }: { method?: string; begin?: () => string | Promise<string> } = {},
  ) {
    const ran = deferred<{ res: ServerResponse; keeper: Keeper }>();
    const { answer } = await transports[name](async (req, res) => {
      const keeper = new Keeper(res, begin);
      gateResponse(res, keeper);
      void (async () => handler(res, keeper, req))().catch((error: unknown) => ran.reject(error));
      await turn();
      ran.resolve({ res, keeper });
    }, method);
    return { answer, ...(await ran.promise) };
  }

  const nothingYet = async (answer: Promise<Answer>) => {
    let arrived = false;
    void answer.then(
      () => (arrived = true),
      () => undefined,
    );
    for (let i = 0; i < 5; i++) await turn();
    expect(arrived).toBe(false);
  };

  const answers: [string, (res: ServerResponse) => void, string][] = [
    ['end()', (res) => void res.end(), ''],
    ['end(text)', (res) => void res.end('hello'), 'hello'],
    ['end(text, encoding)', (res) => void res.end('68656c6c6f', 'hex'), 'hello'],
    ['end(bytes)', (res) => void res.end(Buffer.from('hello')), 'hello'],
    ['write(), end()', (res) => void (res.write('hel'), res.write('lo'), res.end()), 'hello'],
    ['writeHead(), end()', (res) => void res.writeHead(200, { 'X-App': 'yes' }).end('hello'), 'hello'],
    ['writeHead(), write(), end()', (res) => void (res.writeHead(200), res.write('hel'), res.end('lo')), 'hello'],
    ['flushHeaders(), end()', (res) => void (res.flushHeaders(), res.end('hello')), 'hello'],
    ['write(""), end()', (res) => void (res.write(''), res.end('hello')), 'hello'],
  ];

  it.each(answers)('holds %s until the commit is done', async (_what, send, body) => {
    const { answer, keeper } = await start(send);
    await nothingYet(answer);
    expect(keeper.calls).toEqual(['commit']);
    keeper.commitment.resolve('new');
    const { status, headers, broken, body: received } = await answer;
    expect({ status, broken, received }).toEqual({ status: 200, broken: false, received: body });
    expect(headers['set-cookie']).toEqual(['sid=new']);
    expect(keeper.calls).toEqual(['commit', 'committed new']);
  });

  it.each(answers)('lets %s through at once if there is nothing to wait for', async (_what, send, body) => {
    const { answer, keeper } = await start(send, { begin: () => 'now' });
    const { status, headers, broken, body: received } = await answer;
    expect({ status, broken, received }).toEqual({ status: 200, broken: false, received: body });
    expect(headers['set-cookie']).toEqual(['sid=now']);
    expect(keeper.calls.slice(0, 2)).toEqual(['commit', 'committed now']);
  });

  it.each(answers)('puts another answer in place of %s if the commit fails', async (_what, send) => {
    const { answer, keeper, res } = await start((response) => {
      response.setHeader('Content-Length', 5);
      response.setHeader('ETag', '"x"');
      response.setHeader('Location', '/elsewhere');
      response.setHeader('Set-Cookie', ['app=1']);
      response.setHeader('Access-Control-Allow-Origin', 'https://example.com');
      send(response);
    });
    keeper.commitment.reject(new Error('down'));
    const { status, headers, body, broken } = await answer;
    expect({ status, body, broken }).toEqual({ status: 503, body: '{"statusCode":503}', broken: false });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '18',
      'access-control-allow-origin': 'https://example.com',
    });
    for (const gone of ['set-cookie', 'etag', 'location']) expect(headers).not.toHaveProperty(gone);
    expect(keeper.calls).toEqual(['commit', 'failed down']);
    // Others may go on for a while, and say nothing any more.
    expect(res.write('more')).toBe(true);
    res.end('more');
    res.writeHead(200);
    res.flushHeaders();
  });

  it('treats a commit that throws like one that fails', async () => {
    const begin = () => {
      throw new Error('no JSON');
    };
    const { answer, keeper } = await start((res) => res.end('hello'), { begin });
    expect(await answer).toMatchObject({ status: 503, body: '{"statusCode":503}' });
    expect(keeper.calls).toEqual(['commit', 'failed no JSON']);
  });

  it.each(['at once', 'later'])('answers in its place when the cookie cannot be written %s', async (when) => {
    const { answer, keeper } = await start(
      (res, own) => {
        own.onCommitted = () => {
          throw new TypeError('option domain is invalid');
        };
        res.end('hello');
      },
      when === 'at once' ? { begin: () => 'now' } : {},
    );
    keeper.commitment.resolve('later');
    expect(await answer).toMatchObject({ status: 503 });
    expect(keeper.calls.at(-1)).toBe('failed option domain is invalid');
  });

  it('answers a HEAD request without a body, also in place of another answer', async () => {
    const { answer, keeper } = await start((res) => res.end('hello'), { method: 'HEAD' });
    keeper.commitment.reject(new Error('down'));
    const { status, headers, body } = await answer;
    expect({ status, body }).toEqual({ status: 503, body: '' });
    expect(headers['content-length']).toBe('18');
  });

  it('looks sent while it is held, and takes nothing that comes too late', async () => {
    const { answer, keeper, res } = await start((response) => {
      response.statusCode = 201;
      response.end('hello');
    });
    expect(res.headersSent).toBe(true);
    expect(res.writableEnded).toBe(true);
    const tooLate = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' });
    expect(() => res.setHeader('X-Late', '1')).toThrow(tooLate);
    expect(() => res.appendHeader('X-Late', '1')).toThrow(tooLate);
    expect(() => res.removeHeader('X-Late')).toThrow(tooLate);
    expect(() => res.writeHead(500, { 'X-Late': '1' })).toThrow(tooLate);
    res.statusCode = 500;
    expect(res.statusCode).toBe(500);
    keeper.commitment.resolve('new');
    const { status, headers } = await answer;
    expect(status).toBe(201);
    expect(headers).not.toHaveProperty('x-late');
    expect(res.headersSent).toBe(true);
  });

  it('never looks unsent between the end of the commit and the first byte', async () => {
    const { answer, keeper, res } = await start((response) => response.end('hello'));
    const seen: boolean[] = [];
    const look = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        seen.push(res.headersSent);
        await Promise.resolve();
      }
    };
    const looking = look();
    keeper.commitment.resolve('new');
    await looking;
    await answer;
    expect(seen).not.toContain(false);
  });

  it('gives back what it shadowed', async () => {
    const { answer, keeper, res } = await start((response) => response.end('hello'));
    keeper.commitment.resolve('new');
    await answer;
    for (const key of ['headersSent', 'writableEnded', 'setHeader', 'removeHeader', 'appendHeader', 'setHeaders'])
      expect(Object.hasOwn(res, key)).toBe(false);
  });

  it('ends once, however often it is told to', async () => {
    const errors: unknown[] = [];
    const { answer, keeper, res } = await start((response) => {
      response.end('hello');
      response.end('again');
      response.end((error?: Error) => errors.push(error));
      response.write('late', (error) => errors.push(error));
    });
    res.flushHeaders();
    keeper.commitment.resolve('new');
    expect(await answer).toMatchObject({ status: 200, body: 'hello' });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'ERR_STREAM_ALREADY_FINISHED' }),
      expect.objectContaining({ code: 'ERR_STREAM_ALREADY_FINISHED' }),
    ]);
  });

  it('calls callbacks when the bytes are on their way, and not before', async () => {
    const called: string[] = [];
    const { answer, keeper } = await start((res) => {
      res.write('hello', () => called.push('write'));
      res.write(' dear', 'utf8', () => called.push('write with encoding'));
      res.end(' world', () => called.push('end'));
    });
    expect(called).toEqual([]);
    keeper.commitment.resolve('new');
    expect(await answer).toMatchObject({ body: 'hello dear world' });
    await turn();
    expect(called).toEqual(['write', 'write with encoding', 'end']);
  });

  it('calls callbacks of what it dropped', async () => {
    const called: string[] = [];
    const { answer, keeper, res } = await start((response) => {
      response.write('hello', () => called.push('write'));
      response.end(() => called.push('end'));
    });
    keeper.commitment.reject(new Error('down'));
    await answer;
    res.write('more', () => called.push('later'));
    await turn();
    expect(called).toEqual(['write', 'end', 'later']);
  });

  it('refuses a chunk of the wrong type before anything is held', async () => {
    const { answer, keeper, res } = await start(() => undefined);
    const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(() => res.write(5)).toThrow(wrong);
    expect(() => res.write(undefined)).toThrow(wrong);
    expect(() => res.end({} as unknown as string)).toThrow(wrong);
    expect(() => res.writeHead(42)).toThrow(RangeError);
    expect(keeper.calls).toEqual([]);
    expect(res.headersSent).toBe(false);
    res.statusCode = 200;
    res.end('hello');
    keeper.commitment.resolve('new');
    expect(await answer).toMatchObject({ status: 200, body: 'hello' });
  });

  it('commits at the first byte of a stream, and asks again at its end', async () => {
    const { answer, keeper, res } = await start((response) => response.write('hello'), { begin: () => 'now' });
    expect(keeper.calls).toEqual(['commit', 'committed now']);
    const late = deferred();
    keeper.late = () => late.promise;
    const called: string[] = [];
    res.end(' world', () => called.push('end'));
    expect(res.writableEnded).toBe(true);
    res.end('again');
    await nothingYet(answer);
    expect(called).toEqual([]);
    late.resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'hello world', broken: false });
    expect(keeper.calls).toEqual(['commit', 'committed now', 'end']);
  });

  it.each(['throws', 'rejects'])('breaks a stream off whose last change is lost: end() %s', async (how) => {
    const { answer, keeper, res } = await start((response) => response.write('hello'), { begin: () => 'now' });
    keeper.late = () => {
      if (how === 'throws') throw new Error('gone');
      return Promise.reject(new Error('gone'));
    };
    res.end(' world');
    expect(await answer).toMatchObject({ broken: true });
    expect(keeper.calls).toEqual(['commit', 'committed now', 'end', 'lost gone']);
    res.end();
  });

  it('asks for late changes when the client leaves, after all other listeners', async () => {
    const { keeper, res } = await start((response) => response.write('hello'), { begin: () => 'now' });
    res.on('close', () => keeper.calls.push('closed'));
    const closed = once(res, 'close');
    for (const close of closers.splice(0)) close();
    await closed;
    await turn();
    await turn();
    expect(keeper.calls).toEqual(['commit', 'committed now', 'closed', 'end']);
    // The handler notices, and makes an end.
    res.end();
    expect(keeper.calls.filter((call) => call === 'end').length).toBeLessThanOrEqual(2);
  });

  it.each(['throws', 'rejects'])('says what is lost when the client has left: end() %s', async (how) => {
    const { keeper, res } = await start((response) => response.write('hello'), { begin: () => 'now' });
    keeper.late = () => {
      if (how === 'throws') throw new Error('gone');
      return Promise.reject(new Error('gone'));
    };
    const closed = once(res, 'close');
    for (const close of closers.splice(0)) close();
    await closed;
    await turn();
    await turn();
    expect(keeper.calls.at(-1)).toBe('lost gone');
  });

  it.each(['resolve', 'reject'] as const)('does without a client that left while it was held: %s', async (how) => {
    const { keeper, res } = await start((response) => response.write('hello'));
    const closed = once(res, 'close');
    for (const close of closers.splice(0)) close();
    await closed;
    if (how === 'resolve') keeper.commitment.resolve('new');
    else keeper.commitment.reject(new Error('down'));
    await turn();
    await turn();
    expect(keeper.calls).toEqual(how === 'resolve' ? ['commit', 'committed new', 'end'] : ['commit', 'failed down']);
    res.write('more');
    res.end();
  });

  const chunks = Array.from({ length: 64 }, (_, index) => String.fromCharCode(65 + (index % 26)).repeat(16_384));
  const whole = chunks.join('');

  const streamers: Sender[] = [
    ...streamSenders(chunks),
    [
      'a loop that waits for nothing',
      (res) => {
        for (const chunk of chunks) res.write(chunk);
        res.end();
      },
    ],
  ];

  it.each(streamers)('lets a held stream go on to its end: %s', async (_what, send) => {
    const { answer, keeper, res } = await start(send);
    await nothingYet(answer);
    expect(res.headersSent).toBe(true);
    keeper.commitment.resolve('new');
    const { status, body, broken } = await answer;
    expect({ status, broken, whole: body === whole }).toEqual({ status: 200, broken: false, whole: true });
    expect(keeper.calls.slice(0, 2)).toEqual(['commit', 'committed new']);
  });

  it.each(streamers)('lets a stream come to its end whose output is discarded: %s', async (_what, send) => {
    const finished = deferred();
    const { answer, keeper } = await start((res) => {
      void Promise.resolve(send(res)).then(
        () => finished.resolve(),
        () => finished.resolve(),
      );
    });
    keeper.commitment.reject(new Error('down'));
    expect(await answer).toMatchObject({ status: 503, body: '{"statusCode":503}' });
    await finished.promise;
  });

  it('holds no more than it was given, and says so', async () => {
    const { answer, keeper, res } = await start(() => undefined);
    expect(res.write('hello')).toBe(false);
    res.end();
    keeper.commitment.resolve('new');
    await answer;
  });

  it('keeps Set-Cookie of writeHead() and ours', async () => {
    const { answer, keeper } = await start((res) => {
      res.setHeader('Set-Cookie', 'replaced=1');
      res.writeHead(202, { 'Set-Cookie': ['app=1', 'app2=2'], 'X-App': 'yes' });
      res.end();
    });
    keeper.onCommitted = () => keeper.calls.push('headers can be read');
    keeper.commitment.resolve('new');
    const { status, headers } = await answer;
    expect(status).toBe(202);
    expect(headers['x-app']).toBe('yes');
    // The keeper of this test replaces the header; that it is seen there is what counts.
    expect(headers['set-cookie']).toEqual(['sid=new']);
  });

  it('lets the keeper see the status that writeHead() was given', async () => {
    const seen: number[] = [];
    const { answer } = await transports[name]((_req, res) => {
      gateResponse(res, new Keeper(res, () => (seen.push(res.statusCode), 'now')));
      res.writeHead(418).end();
    }, 'GET');
    expect(await answer).toMatchObject({ status: 418 });
    expect(seen).toEqual([418]);
  });

  it('refuses a second head', async () => {
    const { answer, keeper, res } = await start((response) => response.writeHead(201, { 'X-App': 'yes' }));
    expect(() => res.writeHead(500, { 'X-App': 'no' })).toThrow('after they are sent');
    res.end('hello');
    keeper.commitment.resolve('new');
    const { status, headers } = await answer;
    expect({ status, app: headers['x-app'] }).toEqual({ status: 201, app: 'yes' });
  });

  it('commits nothing and sets no header when the answer had begun before it', async () => {
    const ran = deferred<Keeper>();
    const { answer } = await transports[name]((_req, res) => {
      const keeper = new Keeper(res);
      res.flushHeaders();
      gateResponse(res, keeper);
      res.write('hello');
      res.end(' world');
      ran.resolve(keeper);
    }, 'GET');
    expect(await answer).toMatchObject({ status: 200, body: 'hello world', broken: false });
    expect((await ran.promise).calls).toEqual(['end']);
  });

  it('breaks off, and does not crash, when other code bypassed it while it was held', async () => {
    const ran = deferred<Keeper>();
    const { answer } = await transports[name]((_req, res) => {
      const prototype = Object.getPrototypeOf(res) as ServerResponse;
      const keeper = new Keeper(res);
      gateResponse(res, keeper);
      res.write('hello');
      prototype.writeHead.call(res, 200);
      keeper.commitment.resolve('new');
      ran.resolve(keeper);
    }, 'GET');
    expect((await answer).broken).toBe(true);
    expect((await ran.promise).calls.at(-1)).toMatch(/^lost /);
  });
});

describe('gateResponse over HTTP/1.1, in particular', () => {
  const exchange = async (handler: Handler): Promise<Answer> => (await http1(handler, 'GET')).answer;

  it('keeps the connection of a request whose commit failed', async () => {
    const server = createServer((_req, res) => {
      const keeper = new Keeper(res, () => Promise.reject(new Error('down')));
      gateResponse(res, keeper);
      res.writeHead(200, { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' });
      res.write('hello');
      res.addTrailers({ 'X-Sum': '1' });
      res.end();
    });
    const port = await listen(server);
    closers.push(() => server.close().closeAllConnections());
    const url = `http://127.0.0.1:${port}/`;
    for (let i = 0; i < 3; i++) {
      const response = await fetch(url);
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('{"statusCode":503}');
      expect(response.statusText).toBe('Service Unavailable');
    }
  });

  it('gives the status its own message again', async () => {
    const answer = await exchange((_req, res) => {
      gateResponse(res, new Keeper(res, () => Promise.reject(new Error('down'))));
      res.statusMessage = 'All Is Well';
      res.end('hello');
    });
    expect(answer).toMatchObject({ status: 503, message: 'Service Unavailable' });
  });

  it.each([204, 304])('answers 503 with a body in place of a %i', async (status) => {
    const answer = await exchange((_req, res) => {
      gateResponse(res, new Keeper(res, () => Promise.reject(new Error('down'))));
      res.writeHead(status).end();
    });
    expect(answer).toMatchObject({ status: 503, body: '{"statusCode":503}' });
  });

  it('writes no body where a server refuses bodies that do not belong', async () => {
    const server = createServer({ rejectNonStandardBodyWrites: true }, (_req, res) => {
      gateResponse(res, new Keeper(res, () => Promise.reject(new Error('down'))));
      res.end();
    });
    const port = await listen(server);
    closers.push(() => server.close().closeAllConnections());
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' });
    expect(response.status).toBe(503);
  });

  it('breaks off what cannot be replayed', async () => {
    const keepers: Keeper[] = [];
    const answer = await exchange((_req, res) => {
      const keeper = new Keeper(res, () => Promise.resolve('new'));
      keepers.push(keeper);
      gateResponse(res, keeper);
      res.strictContentLength = true;
      res.writeHead(200, { 'Content-Length': 2 });
      res.end('hello');
    });
    expect(answer.body).not.toBe('hello');
    expect(keepers[0]?.calls.at(-1)).toMatch(/^(failed|lost) .*Content-Length/i);
  });
});
