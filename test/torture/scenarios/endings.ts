import { brokenBy, type Figures } from '../figures.js';
import { get, post, type Answer } from '../http.js';
import { pool, sleep } from '../pool.js';
import type { Stage } from '../stage.js';
import { login } from '../target.js';

/** How a session ends while requests are under way. */
export type Ending = 'logout' | 'rotation' | 'revocation' | 'expiry';

/** As a rule long enough for the requests to begin, in milliseconds. */
const LIFETIME = 2000;

/** A machine that is so busy that the session had ended first may try again. */
const REPEATS = 5;

/** @returns false if it had ended already, so that nobody knows whether the requests have read it */
type Way = (stage: Stage, cookie: string, index: number) => Promise<boolean>;

const wayOf: Record<Ending, Way> = {
  logout: async ({ fleet }, cookie) => (await post(`${fleet.servers[1].url}/logout`, cookie)).status === 204,
  rotation: async ({ fleet }, cookie, index) => {
    const path = index % 2 === 0 ? 'rotate' : 'login';
    return (await post(`${fleet.servers[1].url}/${path}`, cookie, { id: 'u1' })).status === 200;
  },
  // From the other process, or by somebody who knows Redis alone.
  revocation: async ({ fleet, admin, target }, cookie, index) =>
    index % 2 === 0
      ? (await post(`${fleet.servers[1].url}/destroy`, cookie)).status === 204
      : (await admin.del(target.keyOf(cookie))) === 1,
  expiry: async ({ admin, target }, cookie) => {
    const rest = await admin.pttl(target.keyOf(cookie));
    if (rest > 0) await sleep(rest + 20);
    return rest > 0;
  },
};

let serial = 0;

/**
 * A session ends while three requests that have read it are under way: one that changes nothing, one that changes a
 * key, one that renews with every response. Nothing brings it back.
 */
export async function endings(stage: Stage, ending: Ending, tries: number): Promise<Figures> {
  const { fleet, admin, target } = stage;
  const [server] = fleet.servers;
  let [revived, strayCookies, notAnonymous] = [0, 0, 0];
  const once = async (index: number): Promise<boolean> => {
    const cookie = await login(server.url, ending === 'expiry' ? { lifetime: LIFETIME } : {});
    const names = ['unchanged', 'changed', 'rolling'].map((kind) => `${ending}-${kind}-${serial++}`);
    const [unchanged, changed, rolling] = names;
    const late: Promise<Answer>[] = [
      get(`${server.url}/values?wait=${unchanged}`, cookie),
      post(`${server.url}/values?wait=${changed}`, cookie, { late: true }),
      get(`${server.rollingUrl}/values?wait=${rolling}`, cookie),
    ];
    await Promise.all(names.map((name, i) => Promise.race([server.waitsAt(name), late[i]])));
    const inTime = await wayOf[ending](stage, cookie, index);
    for (const name of names) server.release(name);
    const answers = await Promise.all(late);
    if (!inTime) return false;
    // A renewal without a cookie does not delay its response, so it may still be on its way.
    if (index % 10 === 0) await sleep(5);
    const stored = await admin.get(target.keyOf(cookie));
    if (stored !== null && (target.isOpenedBy(cookie, stored) || stored.includes('"late":true'))) revived++;
    strayCookies += answers.filter((answer) => answer.cookie !== undefined && answer.cookie !== '').length;
    if ((await get(`${fleet.servers[index % 2]?.url}/me`, cookie)).status !== 401) notAnonymous++;
    return true;
  };
  // Sessions that expire take their time, so many of them do at once.
  await pool(tries, ending === 'expiry' ? 200 : 20, async (index) => {
    for (let attempt = 1; !(await once(index)); attempt++) {
      if (attempt === REPEATS) throw new Error(`${ending} came too early ${REPEATS} times`);
    }
  });
  const broken = brokenBy({
    [`sessions that came back after ${ending}`]: revived,
    [`cookies of late answers after ${ending}`]: strayCookies,
    [`requests that were not anonymous after ${ending}`]: notAnonymous,
  });
  const scenario = `${ending} with requests in flight`;
  return { scenario, tries, revived: Math.max(revived, notAnonymous), wrong: strayCookies, broken };
}

/** Requests that arrive with the old id just after a login has rotated it do not replace the cookie of the login. */
export async function lateIds(stage: Stage, tries: number): Promise<Figures> {
  const [first, second] = stage.fleet.servers;
  let [overwritten, loggedOut] = [0, 0];
  await pool(tries, 20, async (index) => {
    const visit = await post(`${first.url}/values`, undefined, { cart: [index] });
    const fresh = await login(first.url, {}, visit.cookie);
    const late = await Promise.all(
      [first, second].map(({ url }) => post(`${url}/values`, visit.cookie, { cart: ['late'] })),
    );
    const stray = late.filter(({ cookie }) => cookie !== undefined).length;
    overwritten += stray;
    // A browser takes the last cookie that it is sent.
    if (stray > 0 || (await get(`${second.url}/me`, fresh)).status !== 200) loggedOut++;
  });
  const broken = brokenBy({
    'cookies of a login that were replaced': overwritten,
    'logins that did not last': loggedOut,
  });
  return { scenario: 'late requests with the id before login', tries, lost: loggedOut, wrong: overwritten, broken };
}
