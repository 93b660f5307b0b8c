// A lean HTTP client: a fixed number of requests over keep-alive connections, one under way on each. It costs less than
// the servers it asks, which the general clients do not; see `clientCpu`.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
  /** The `Cookie` header of the n-th request, which goes over this connection. */
  readonly cookieOf: (n: number, connection: number) => string | undefined;
  readonly isExpected: (body: string) => boolean;
}

export interface Taken {
  readonly seconds: number;
  /** CPU of this process, microseconds for each request. */
  readonly clientCpu: number;
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
  /** Of the status line and the headers of the last answer. */
  readonly headerBytes: number;
}

const LENGTH = /^content-length: *(\d+)\r?$/im;
/** Milliseconds without a single answer, after which a server is given up. */
const PATIENCE = 10_000;

/**
 * Sends the requests and reads the answers.
 * @throws Error if one has another status or body than the expected one, or does not come
 */
export async function send(load: Load): Promise<Taken> {
  const { url, method, path, connections, requests, cookieOf, isExpected } = load;
  const { hostname, port, host } = new URL(url);
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n${method === 'POST' ? 'Content-Length: 0\r\n' : ''}`;
  const sockets: Socket[] = [];
  const latencies: number[] = [];
  let next = 0;
  let headerBytes = 0;
  try {
    for (let i = 0; i < Math.min(connections, requests); i++) {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.setNoDelay(true).setEncoding('latin1');
      await once(socket, 'connect');
    }
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string): void => reject(new Error(`${method} ${url}${path} ${what}`));
      let answered = 0;
      let answeredBefore = -1;
      const watch = setInterval(() => {
        if (answered === answeredBefore) fail('did not answer in time');
        answeredBefore = answered;
      }, PATIENCE);
      for (const [connection, socket] of sockets.entries()) {
        let text = '';
        let sentAt = 0;
        const ask = (): void => {
          const cookie = cookieOf(next++, connection);
          sentAt = performance.now();
          socket.write(!cookie ? `${head}\r\n` : `${head}Cookie: ${cookie}\r\n\r\n`);
        };
        socket.once('error', reject);
        socket.once('close', () => fail('closed the connection'));
        socket.on('data', (chunk: string) => {
          text = text === '' ? chunk : text + chunk;
          const end = text.indexOf('\r\n\r\n');
          if (end === -1) return;
          const length = LENGTH.exec(text.slice(0, end));
          if (!length) return fail(`answered without a length: ${text.slice(0, 200)}`);
          if (text.length < end + 4 + Number(length[1])) return;
          const body = text.slice(end + 4);
          if (!text.startsWith('HTTP/1.1 20') || !isExpected(body))
            return fail(`answered what it does not have to: ${text.slice(0, 15)}, ${body.slice(0, 200)}`);
          latencies.push(performance.now() - sentAt);
          headerBytes = end + 4;
          text = '';
          if (next < requests) ask();
          if (++answered < requests) return;
          clearInterval(watch);
          resolve();
        });
        ask();
      }
    });
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      seconds: (performance.now() - begin) / 1000,
      clientCpu: (user + system) / requests,
      latencies: latencies.toSorted((a, b) => a - b),
      headerBytes,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
