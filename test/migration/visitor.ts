import { HttpClient } from '../support/http-client.js';
import type { FleetNode } from './nodes.js';

export interface Me {
  readonly userId: string | null;
  readonly log: readonly string[];
  readonly [key: `key-${string}`]: string;
}

/** One browser, whose requests a load balancer sends to any node. */
export class Visitor {
  private readonly client = new HttpClient('http://127.0.0.1');

  async post(node: FleetNode, path: string): Promise<number> {
    const response = await this.client.post(node.url + path);
    await response.arrayBuffer();
    return response.status;
  }

  async me(node: FleetNode): Promise<Me> {
    return (await (await this.client.get(`${node.url}/me`)).json()) as Me;
  }

  async status(node: FleetNode, path: string): Promise<number> {
    return (await this.client.get(node.url + path)).status;
  }

  login(node: FleetNode, user: string): Promise<number> {
    return this.post(node, `/login?user=${user}`);
  }

  /** The id in the cookie. */
  async id(): Promise<string | undefined> {
    const value = decodeURIComponent((await this.client.cookie('connect.sid')) ?? '');
    return value === '' ? undefined : value.slice(2, value.lastIndexOf('.'));
  }

  /** Another browser with the same cookies: somebody who has copied them. */
  async copy(): Promise<Visitor> {
    const copy = new Visitor();
    const value = await this.client.cookie('connect.sid');
    if (value !== undefined) await copy.client.jar.setCookie(`connect.sid=${value}; Path=/`, 'http://127.0.0.1');
    return copy;
  }
}
