import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What went over a connection. */
export interface Traffic {
  readonly commands: readonly string[];
  /** How often the client had to wait for a reply before it could go on. */
  readonly roundTrips: number;
}

/** Stands before Redis and counts what it is asked. */
export interface CountingProxy {
  readonly port: number;
  /** What came since the last call. */
  take(): Traffic;
  stop(): void;
}

/** Replies are kept back for so long (ms): what is sent without waiting for one has come by then. */
const DELAY = 20;

/** @param target port of the server */
export async function startCountingProxy(target: number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let commands: string[] = [];
  let roundTrips = 0;
  let isAnswered = true;
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
      const parsed = parseCommands(Buffer.concat([rest, chunk]));
      rest = Buffer.from(parsed.rest);
      commands.push(...parsed.names);
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      setTimeout(() => {
        isAnswered = true;
        client.write(chunk);
      }, DELAY);
    });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('close', () => server.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    take() {
      const taken = { commands, roundTrips };
      commands = [];
      roundTrips = 0;
      isAnswered = true;
      return taken;
    },
    stop() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The names of the commands in what a client sends (RESP arrays of bulk strings), and what is not whole yet. */
function parseCommands(sent: Buffer): { readonly names: string[]; readonly rest: Buffer } {
  const names: string[] = [];
  let start = 0;
  for (;;) {
    let at = start;
    const line = (): string | undefined => {
      const end = sent.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const text = sent.toString('latin1', at, end);
      at = end + 2;
      return text;
    };
    const head = line();
    if (head === undefined) return { names, rest: sent.subarray(start) };
    if (!head.startsWith('*')) throw new Error(`Not a command: ${head}`);
    const parts: string[] = [];
    for (let n = Number(head.slice(1)); n > 0; n--) {
      const length = line();
      if (length === undefined || at + Number(length.slice(1)) + 2 > sent.length)
        return { names, rest: sent.subarray(start) };
      parts.push(sent.toString('latin1', at, at + Number(length.slice(1))));
      at += Number(length.slice(1)) + 2;
    }
    names.push(String(parts[0]).toLowerCase());
    start = at;
  }
}
