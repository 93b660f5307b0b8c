import { get, post, type Answer } from './http.js';
import type { ServerProcess } from './server-process.js';
import type { Fleet } from './target.js';

export type Operation = 'read' | 'write' | 'login' | 'plain' | 'health';

/** One request of a load, and what came of it. */
export interface Sent {
  readonly operation: Operation;
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
  readonly answer: Answer;
  /** The cookie it was sent with. */
  readonly sentCookie: string | undefined;
  /** The cookie that the browser has after it. */
  readonly cookie: string | undefined;
  /** The key that a write set. */
  readonly key: string | undefined;
}

/** Two thirds need a session, and half of these change one. */
const MIX: readonly Operation[] = [
  'read',
  'write',
  'plain',
  'write',
  'login',
  'read',
  'write',
  'health',
  'read',
  'plain',
];
const BROWSERS = 12;

/** Keeps sending, whether answers come or not, as the world does. */
export class Load {
  readonly sent: Sent[] = [];
  /** When and how each cookie was given at a login. */
  readonly logins = new Map<string, Pick<Sent, 'at' | 'answer'>>();
  private readonly browsers: { cookie: string }[] = [];
  private readonly pending = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private count = 0;

  private constructor(private readonly servers: readonly ServerProcess[]) {}

  static async start(fleet: Fleet, perSecond: number): Promise<Load> {
    const load = new Load(fleet.servers);
    for (let i = 0; i < BROWSERS; i++) {
      const at = performance.now();
      const answer = await post(`${fleet.servers[i % 2]?.url}/login`, undefined, { id: `u${i}` });
      if (!answer.cookie) throw new Error(`A login was answered ${answer.status}: ${answer.text}`);
      load.browsers.push({ cookie: answer.cookie });
      load.logins.set(answer.cookie, { at, answer });
    }
    load.timer = setInterval(() => load.tick(), 1000 / perSecond);
    return load;
  }

  /** Sends no more, and waits for the answers. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
  }

  private tick(): void {
    const request = this.send(this.count++).finally(() => this.pending.delete(request));
    this.pending.add(request);
  }

  private async send(index: number): Promise<void> {
    const operation = MIX[index % MIX.length] ?? 'read';
    // Neither the mix nor the browsers keep to one process.
    const url = this.servers[(index + Math.floor(index / MIX.length)) % this.servers.length]?.url ?? '';
    const browser = operation === 'login' ? undefined : this.browsers[index % this.browsers.length];
    const sentCookie = browser?.cookie;
    const key = operation === 'write' ? `w${index}` : undefined;
    const at = performance.now();
    const answer = await this.request(operation, url, sentCookie, key, index);
    if (answer.cookie && browser) browser.cookie = answer.cookie;
    if (answer.cookie && operation === 'login') this.logins.set(answer.cookie, { at, answer });
    this.sent.push({ operation, at, answer, sentCookie, cookie: answer.cookie ?? sentCookie, key });
  }

  private request(
    operation: Operation,
    url: string,
    cookie: string | undefined,
    key: string | undefined,
    index: number,
  ) {
    switch (operation) {
      case 'read':
        return get(`${url}/me`, cookie);
      case 'write':
        return post(`${url}/values`, cookie, { [String(key)]: index });
      case 'login':
        return post(`${url}/login`, undefined, { id: `u${index}` });
      case 'plain':
      case 'health':
        return get(`${url}/${operation}`, cookie);
    }
  }
}
