import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A way to answer with a body in pieces. A promise is settled when it is through. */
export type Sender = [name: string, send: (res: ServerResponse) => unknown];

/** Every way in which applications write a body that is too big for one buffer, each minding back-pressure. */
export const streamSenders = (chunks: readonly (string | Uint8Array)[]): Sender[] => [
  ['pipe()', (res) => Readable.from(chunks).pipe(res)],
  ['pipeline() of a stream', (res) => pipeline(Readable.from(chunks), res)],
  [
    'pipeline() of a generator, which listens for "drain" before it writes',
    (res) =>
      pipeline(async function* () {
        yield* chunks;
      }, res),
  ],
  [
    'a loop that waits for "drain"',
    async (res) => {
      for (const chunk of chunks) if (!res.write(chunk)) await once(res, 'drain');
      res.end();
    },
  ],
  [
    'a listener for "drain" from before the first write',
    (res) => {
      let next = 0;
      const write = (): void => {
        while (next < chunks.length) if (!res.write(chunks[next++])) return;
        res.end();
      };
      res.on('drain', write);
      write();
    },
  ],
];
