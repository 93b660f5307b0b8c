// One slice: a fixed number of requests to one server, and what they took.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenarios.ts';
import { send } from './client.ts';
import { quantile } from './statistics.ts';
import { expectedBody } from './visitor.ts';
import { logInMany } from './visitors.ts';

/** More than the 5,000 seals that a process remembers. */
const CROWD = 6_000;
/** A renewal is due when this share of the idle timeout has passed. */
const DUE_AFTER = 0.1;
/** Milliseconds for which visitors keep their sessions: shorter than the copies of `cache: '1m'` are good. */
const STAY = 20_000;
/** Milliseconds for what goes on after an answer, such as a renewal. */
const SETTLE = 30;

/** What a slice took. */
export interface Slice {
  /** CPU of the server's process, microseconds for each request. */
  readonly cpu: number;
  /** The same of the process that sends. */
  readonly clientCpu: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Commands of Redis for each request. */
  readonly commands: number;
  readonly headerBytes: number;
}

export type Asked = Pick<
  Scenario,
  'method' | 'path' | 'connections' | 'bytes' | 'visitors' | 'idleSeconds' | 'requests'
>;

interface Usage {
  readonly cpu: { readonly user: number; readonly system: number };
  readonly handled: number;
}

/** The visitors of one server, who come again in each of its slices. */
export class Visitors {
  private cookies: string[] = [];
  private until = 0;
  private dueAt = 0;
  private next = 0;

  private readonly url: string;
  private readonly asked: Asked;

  constructor(url: string, asked: Asked) {
    this.url = url;
    this.asked = asked;
  }

  /** @returns what gives the `Cookie` header of each request of a slice */
  async come(): Promise<(n: number, connection: number) => string | undefined> {
    const { visitors, connections, requests, idleSeconds } = this.asked;
    switch (visitors) {
      case 'none':
        return () => undefined;
      case 'a crowd':
        if (this.cookies.length === 0) await this.logIn(CROWD);
        // A slice goes on where the one before ended.
        return () => this.cookies[this.next++ % CROWD];
      case 'each request':
        // Sessions that only become due for a renewal can be used again.
        if (idleSeconds === undefined) await this.logIn(requests);
        else {
          if (Date.now() > this.until) {
            await this.logIn(requests);
            this.until = Date.now() + (idleSeconds * 1000) / 2;
            this.dueAt = Date.now() + idleSeconds * 1000 * DUE_AFTER;
          }
          await sleep(Math.max(0, this.dueAt - Date.now()));
          // Counted from before the slice, so somewhat longer for those who come last in it.
          this.dueAt = Date.now() + idleSeconds * 1000 * DUE_AFTER * 1.25;
        }
        return (n) => this.cookies[n];
      case 'one':
      case 'each connection':
        if (Date.now() > this.until) {
          await this.logIn(visitors === 'one' ? 1 : connections);
          this.until = Date.now() + STAY;
        }
        return (_n, connection) => this.cookies[connection % this.cookies.length];
    }
  }

  private async logIn(count: number): Promise<void> {
    const { path, idleSeconds } = this.asked;
    const readsFirst = path === '/me' && idleSeconds === undefined;
    const [first = ''] = await logInMany(this.url, 1, readsFirst);
    // Without sessions there are no cookies.
    if (first === '') this.cookies = Array.from({ length: count }, () => '');
    else this.cookies = [first, ...(await logInMany(this.url, count - 1, readsFirst))];
  }
}

/**
 * @param commands gives how many commands Redis has carried out
 * @throws Error if a single answer is not the expected one
 */
export async function measure(
  url: string,
  asked: Asked,
  visitors: Visitors,
  commands: () => Promise<number>,
): Promise<Slice> {
  const cookieOf = await visitors.come();
  const usage = async (): Promise<Usage> => (await (await fetch(`${url}/usage`)).json()) as Usage;
  const before = await usage();
  const commandsBefore = await commands();
  const taken = await send({ ...asked, url, cookieOf, isExpected: expectedBody(asked) });
  await sleep(SETTLE);
  // INFO counts itself.
  const commandsUsed = (await commands()) - commandsBefore - 1;
  const after = await usage();
  const handled = after.handled - before.handled;
  if (handled !== asked.requests) throw new Error(`${url} handled ${handled} of ${asked.requests} requests`);
  return {
    cpu: (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / handled,
    clientCpu: taken.clientCpu,
    perSecond: handled / taken.seconds,
    p50: quantile(taken.latencies, 0.5),
    p99: quantile(taken.latencies, 0.99),
    commands: commandsUsed / handled,
    headerBytes: taken.headerBytes,
  };
}
