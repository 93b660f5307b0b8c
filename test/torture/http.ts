import { Agent, request } from 'node:http';

/** What a server answered. */
export interface Answer {
  /** 0 if the connection broke or nothing came in time. */
  readonly status: number;
  /** The session cookie that the answer sets; empty if it clears it, undefined if there is none. */
  readonly cookie: string | undefined;
  readonly retryAfter: string | undefined;
  readonly text: string;
  /** Milliseconds from the request to the end of the answer. */
  readonly took: number;
}

export interface Ask {
  readonly cookie?: string | undefined;
  readonly body?: unknown;
}

/** What no answer takes; whoever waits longer counts as hanging. */
export const PATIENCE = 10_000;

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Asks over connections that are kept. Never rejects. */
export function ask(method: 'GET' | 'POST', url: string, { cookie, body = {} }: Ask = {}): Promise<Answer> {
  const start = performance.now();
  return new Promise((resolve) => {
    const settle = (status: number, text: string, setCookie?: string, retryAfter?: string): void =>
      resolve({ status, text, cookie: setCookie, retryAfter, took: performance.now() - start });
    const headers = {
      ...(cookie !== undefined && { cookie: `sid=${cookie}` }),
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    };
    const req = request(url, { method, headers, agent, timeout: PATIENCE }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('end', () =>
        settle(res.statusCode ?? 0, text, sessionCookie(res.headers['set-cookie']), res.headers['retry-after']),
      );
      res.on('error', () => settle(0, text));
    });
    req.on('timeout', () => req.destroy()).on('error', () => settle(0, ''));
    req.end(method === 'POST' ? JSON.stringify(body) : undefined);
  });
}

export const get = (url: string, cookie?: string): Promise<Answer> => ask('GET', url, { cookie });

export const post = (url: string, cookie?: string, body?: unknown): Promise<Answer> =>
  ask('POST', url, { cookie, body });

const sessionCookie = (lines: readonly string[] = []): string | undefined =>
  lines.map((line) => /^sid=([^;]*)/.exec(line)?.[1]).find((value) => value !== undefined);

/** Ends the connections that are kept. */
export const hangUp = (): void => agent.destroy();
