import { brokenBy, type Figures } from '../figures.js';
import { get, post } from '../http.js';
import { pool } from '../pool.js';
import type { ServerProcess } from '../server-process.js';
import type { Stage } from '../stage.js';
import { login } from '../target.js';

const PAIRS_PER_SESSION = 25;
const SESSIONS_AT_ONCE = 10;

let serial = 0;

/** Sends a change that has read its session and waits before it writes. */
async function begin(server: ServerProcess, path: string, cookie: string, body: unknown) {
  const name = `overlap-${serial++}`;
  const answer = post(`${server.url}${path}?wait=${name}`, cookie, body);
  await Promise.race([server.waitsAt(name), answer]);
  return { finish: () => (server.release(name), answer) };
}

/** Two changes of one session, in two processes, both read before either is written. */
async function overlap(stage: Stage, cookie: string, path: string, bodies: readonly [unknown, unknown]): Promise<void> {
  const begun = await Promise.all(stage.fleet.servers.map((server, i) => begin(server, path, cookie, bodies[i])));
  const answers = await Promise.all(begun.map((request) => request.finish()));
  for (const { status, text } of answers)
    if (status !== 200) throw new Error(`A change was answered ${status}: ${text}`);
}

const valuesOf = async (stage: Stage, cookie: string): Promise<Record<string, unknown>> =>
  JSON.parse((await get(`${stage.fleet.servers[0].url}/values`, cookie)).text) as Record<string, unknown>;

/** Two requests at once, each of which sets a key of its own: both keep it. */
export async function differentKeys(stage: Stage, pairs: number): Promise<Figures> {
  let lost = 0;
  await pool(Math.ceil(pairs / PAIRS_PER_SESSION), SESSIONS_AT_ONCE, async () => {
    const cookie = await login(stage.fleet.servers[0].url);
    for (let i = 0; i < PAIRS_PER_SESSION; i++)
      await overlap(stage, cookie, '/values', [{ [`a${i}`]: i }, { [`b${i}`]: i }]);
    const values = await valuesOf(stage, cookie);
    for (let i = 0; i < PAIRS_PER_SESSION; i++) for (const key of [`a${i}`, `b${i}`]) if (values[key] !== i) lost++;
  });
  const broken = brokenBy({ 'lost changes of overlapping requests': lost });
  return { scenario: 'overlapping pairs, different keys', tries: pairs, lost, broken };
}

/** One request deletes a key while another sets a different one: the deletion stays, and so does the new key. */
export async function deletions(stage: Stage, tries: number): Promise<Figures> {
  let lost = 0;
  let revived = 0;
  await pool(tries, SESSIONS_AT_ONCE, async () => {
    const cookie = await login(stage.fleet.servers[0].url);
    await post(`${stage.fleet.servers[0].url}/values`, cookie, { gone: 1 });
    await overlap(stage, cookie, '/values', [{ gone: null }, { set: 1 }]);
    const values = await valuesOf(stage, cookie);
    if (values['gone'] !== undefined) revived++;
    if (values['set'] !== 1) lost++;
  });
  const broken = brokenBy({ 'deleted keys that came back': revived, 'keys lost beside a deletion': lost });
  return { scenario: 'a deletion beside a change', tries, lost, revived, broken };
}

/** Two requests at once append to the same array: the last one wins, and nothing is merged into it. */
export async function arrays(stage: Stage, tries: number): Promise<Figures> {
  let wrong = 0;
  await pool(tries, SESSIONS_AT_ONCE, async () => {
    const cookie = await login(stage.fleet.servers[0].url);
    await post(`${stage.fleet.servers[0].url}/values`, cookie, { list: ['x', 'y'] });
    await overlap(stage, cookie, '/push', [{ item: 'a' }, { item: 'b' }]);
    const list = JSON.stringify((await valuesOf(stage, cookie))['list']);
    if (list !== '["x","y","a"]' && list !== '["x","y","b"]') wrong++;
  });
  const broken = brokenBy({ 'arrays that are neither version': wrong });
  return { scenario: 'one array, both append: last one wins', tries, wrong, broken };
}
