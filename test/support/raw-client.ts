import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** An HTTP/1.1 client that sees bytes as they arrive. */
export class RawClient {
  /** Everything that has arrived. */
  received = '';
  private readonly socket: Socket;
  private readonly listeners = new Set<() => void>();

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
      this.changed();
    });
    this.socket.on('close', () => this.changed()).on('error', () => {});
  }

  /** Sends a request, or whatever the text is. Lines may end as they do in the source. */
  send(text: string): void {
    this.socket.write(text.replaceAll(/\r?\n/g, '\r\n'), 'latin1');
  }

  /** Sends a request with headers and body. */
  request(method: string, path: string, headers: Record<string, string> = {}, body?: string): void {
    const all = { Host: 'localhost', ...(body !== undefined && { 'Content-Length': `${body.length}` }), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
    this.send(`${method} ${path} HTTP/1.1\n${lines.join('')}\n`);
    if (body !== undefined) this.socket.write(body, 'latin1');
  }

  /** Resolves when what has arrived matches. */
  async until(pattern: RegExp | ((received: string) => boolean), patience = 5_000): Promise<string> {
    const matches = typeof pattern === 'function' ? pattern : (text: string) => pattern.test(text);
    const end = performance.now() + patience;
    while (!matches(this.received)) {
      if (this.socket.destroyed || performance.now() > end)
        throw new Error(`${this.socket.destroyed ? 'closed' : 'waited in vain'} after: ${this.received.slice(-2_000)}`);
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.listeners.delete(go);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(go, 1_000);
        this.listeners.add(go);
      });
    }
    return this.received;
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<string> {
    if (!this.socket.destroyed) await once(this.socket, 'close');
    return this.received;
  }

  /** Leaves without a word. */
  leave(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
