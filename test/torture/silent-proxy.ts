import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can go silent: connections stay open, new ones are accepted, and nothing comes back. */
export interface SilentProxy {
  readonly url: string;
  silence(): void;
  /** Breaks the connections that were silent, as a peer that has restarted does, and lets new ones through. */
  speak(): void;
  stop(): Promise<void>;
}

export async function startSilentProxy(targetUrl: string): Promise<SilentProxy> {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let silent = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (silent) return void near.resume();
    const far = connect(Number(port), hostname);
    keep(far);
    near.on('data', (chunk) => silent || far.write(chunk)).on('close', () => far.destroy());
    far.on('data', (chunk) => silent || near.write(chunk)).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silence: () => void (silent = true),
    speak() {
      silent = false;
      hangUp();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        hangUp();
      }),
  };
}
