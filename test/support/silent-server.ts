import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server that accepts connections, reads, and never answers. */
export interface SilentServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a {@link SilentServer} on a free port of this machine. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
