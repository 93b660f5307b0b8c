import { connect } from 'node:net';
import { startRedis } from '../../support/redis-server.js';
import { brokenBy, type Figures } from '../figures.js';
import { get } from '../http.js';
import { pool } from '../pool.js';
import { login, type Target } from '../target.js';

const SLOW = 500;
const AT_ONCE = 50;
const KINDS = ['redirect', 'json', 'stream', 'error'];

/** Resolves with the first byte of the answer. */
function firstByte(url: string, cookie: string, body: object): Promise<void> {
  const { hostname, port, pathname, host } = new URL(url);
  const text = JSON.stringify(body);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Cookie: sid=${cookie}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n${text}`));
    socket.once('data', () => resolve()).on('error', reject);
    // The rest is read and thrown away.
    socket.on('close', () => reject(new Error('Closed without an answer'))).resume();
  });
}

/** A client that goes on with the first byte of an answer, in another process, while every write takes 500 ms. */
export async function redirect(target: Target, tries: number): Promise<Figures> {
  const redis = await startRedis();
  const fleet = await target.start({ kind: 'redis', url: redis.url }, { slowWrites: SLOW });
  let lost = 0;
  try {
    const [first, second] = fleet.servers;
    await pool(tries, AT_ONCE, async (index) => {
      const cookie = await login(first.url, { id: `u${index}` });
      // The save of express-session's login is not done with its answer.
      await new Promise((resolve) => setTimeout(resolve, SLOW + 100));
      const saved = `saved-${index}`;
      await firstByte(`${first.url}/answer/${KINDS[index % KINDS.length]}`, cookie, { saved });
      const { text } = await get(`${second.url}/values`, cookie);
      if (!text.includes(`"${saved}"`)) lost++;
    });
  } finally {
    await fleet.stop();
    await redis.stop();
  }
  const broken = brokenBy({ 'answers that left before the session was saved': lost });
  return { scenario: 'client goes on with the first byte, writes take 500 ms', tries, lost, broken };
}
