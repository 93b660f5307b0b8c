import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Lets a handler see one real request of Node, as API routes and `getServerSideProps` get it.
 * @returns what the handler returned, and the response
 */
export async function nodeExchange<T>(
  cookie: string | undefined,
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<T> | T,
  method = 'POST',
): Promise<{ result: T; response: Response }> {
  const results: PromiseSettledResult<T>[] = [];
  const server = createServer((req, res) => {
    void Promise.allSettled([Promise.resolve().then(() => handle(req, res))]).then((settled) => {
      results.push(...settled);
      res.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method,
      headers: cookie === undefined ? {} : { cookie },
    });
    await response.text();
    const [settled] = results;
    if (settled?.status !== 'fulfilled') throw settled?.reason ?? new Error('The handler was not called.');
    return { result: settled.value, response };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
