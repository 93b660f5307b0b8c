import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and Redis. */
export interface RedisProxy {
  readonly port: number;
  /** How many replies were lost. */
  readonly lost: number;
  /** Breaks the connection at the moment when the next reply comes back. */
  loseNextReply(): void;
  /** Keeps replies back until the client has sent this. */
  holdRepliesUntilSent(pattern: RegExp): void;
  stop(): void;
}

/**
 * Starts a {@link RedisProxy} on a free port of this machine.
 * @param target port of the server
 * @param readsFrom port of the server that answers GET, as proxies do that spare the master
 */
export async function startRedisProxy(target: number, readsFrom = target): Promise<RedisProxy> {
  let lose = false;
  let lost = 0;
  let awaited: RegExp | undefined;
  let sent = '';
  const sockets = new Set<Socket>();
  const dial = (port: number): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.add(socket);
    return socket;
  };

  const proxy = createServer((client) => {
    const master = dial(target);
    const reader = readsFrom === target ? master : dial(readsFrom);
    let held: Buffer[] = [];
    const release = (): void => {
      if (awaited && !awaited.test(sent)) return;
      for (const chunk of held) client.write(chunk);
      held = [];
    };
    const reply = (chunk: Buffer): void => {
      if (lose) {
        lose = false;
        lost += 1;
        client.destroy();
        return;
      }
      held.push(chunk);
      release();
    };
    sockets.add(client);
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      sent += text;
      (/\r\nget\r\n/i.test(text) ? reader : master).write(chunk);
      release();
    });
    for (const server of new Set([master, reader])) server.on('data', reply);
    client
      .on('error', () => {})
      .on('close', () => {
        master.destroy();
        reader.destroy();
      });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    get lost() {
      return lost;
    },
    loseNextReply: () => void (lose = true),
    holdRepliesUntilSent(pattern) {
      sent = '';
      awaited = pattern;
    },
    stop() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
