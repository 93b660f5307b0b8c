import { join } from 'node:path';
import { createServer } from 'vite';

/** A folder as `vite` serves it, on a port of its own. */
export interface FrontEnd {
  readonly url: string;
  close(): Promise<void>;
}

export async function startVite(root: string, port: number): Promise<FrontEnd> {
  const server = await createServer({
    root,
    cacheDir: join(root, '.vite'),
    configFile: false,
    logLevel: 'error',
    // Known before the first request: what is found later reloads the page under the hands of the test.
    optimizeDeps: { include: ['axios'] },
    server: { host: '127.0.0.1', port, strictPort: true, hmr: false, watch: null },
  });
  await server.listen();
  return { url: `http://localhost:${port}`, close: () => server.close() };
}
