// One slice: a scenario against one server, and what it took.
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { quantile } from './statistics.mjs';
import { expectedBody } from './visitor.mjs';
import { headerBytes, logInMany } from './visitors.mjs';

/** More than the 5,000 seals that a process remembers. */
const CROWD = 6_000;
/** Sessions that are used once, for each second of a slice. */
const ONCE_PER_SECOND = 1_500;
/** Renewals are due when a tenth of the idle timeout has passed. */
const DUE_AFTER = 0.1;
/** Milliseconds for which visitors stay who have a session each: shorter than the copies of `cache: '1m'` are good. */
const STAY = 20_000;
/** Milliseconds in which a server finishes the requests that were cut off at the end of a slice. */
const SETTLE = 30;

const json = async (url) => (await fetch(url)).json();

/**
 * @param server `url` of the server. What is kept of its visitors from slice to slice is added.
 * @param commands gives how many commands Redis has carried out
 * @returns figures of the slice. CPU time is that of the server's process alone.
 * @throws Error if a single answer is not the expected one
 */
export async function measure(server, scenario, { seconds, commands }) {
  const { url } = server;
  const visitors = await visitorsOf(server, scenario, seconds);
  const bytes = await headerBytes(url, scenario, visitors.extra);

  await json(`${url}/collect`);
  const before = await json(`${url}/usage`);
  const commandsBefore = await commands();
  // On a machine that is very busy, a short slice can end before the first answer.
  const load =
    (await send(url, scenario, visitors, seconds)) ?? (await send(url, scenario, visitors, Math.max(seconds, 2)));
  if (!load) throw new Error(`${scenario.method} ${url}${scenario.path} did not answer in time`);
  await sleep(SETTLE);
  // INFO counts itself.
  const commandsUsed = (await commands()) - commandsBefore - 1;
  const after = await json(`${url}/usage`);

  // Requests that were cut off at the end of the slice cost something too.
  const handled = after.handled - before.handled;
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return {
    perSecond: load.count / load.seconds,
    cpu: cpu / handled,
    p50: quantile(load.latencies, 0.5),
    p99: quantile(load.latencies, 0.99),
    commands: commandsUsed / handled,
    headerBytes: bytes,
  };
}

/** The cookies of a slice: of each connection, or for each request; and one to spare. */
async function visitorsOf(server, scenario, seconds) {
  const { url } = server;
  const { visitors, connections, idleSeconds } = scenario;
  if (visitors === 'nobody') return {};
  if (visitors === 'a crowd') {
    server.crowd ??= await logInMany(url, CROWD, scenario);
    // It goes on where the slice before ended.
    server.next ??= 0;
    const cookieOf = () => server.crowd[server.next++ % CROWD];
    return { cookieOf, extra: server.crowd[0] };
  }
  if (visitors === 'each request') {
    const amount = Math.ceil(ONCE_PER_SECOND * seconds);
    // autocannon makes ready one request more than each connection sends.
    const [extra, ...cookies] = await logInMany(url, amount + connections + 1, scenario);
    if (idleSeconds !== undefined) await sleep(idleSeconds * 1000 * DUE_AFTER);
    return { cookieOf: () => cookies.pop(), amount, extra };
  }
  if (!(server.stayUntil > Date.now())) {
    server.cookies = await logInMany(url, visitors === 'one' ? 1 : connections, scenario);
    server.stayUntil = Date.now() + STAY;
  }
  return { cookies: server.cookies, extra: server.cookies[0] };
}

/** @returns undefined if no answer came in time */
async function send(url, { method, path, connections, bytes }, { cookies, cookieOf, amount, extra }, seconds) {
  const latencies = [];
  const isExpected = expectedBody({ path, bytes });
  let wrong;
  let client = 0;
  const begin = performance.now();
  let end = begin;
  const instance = autocannon({
    url: url + path,
    method,
    connections,
    // It ends with a sample only.
    sampleInt: 50,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    ...(cookieOf && {
      requests: [{ setupRequest: (request) => ({ ...request, headers: { cookie: cookieOf() ?? extra } }) }],
    }),
    setupClient: (connection) => {
      if (cookies) connection.setHeaders({ cookie: cookies[client++ % cookies.length] });
    },
    verifyBody: (body) => {
      if (isExpected(body)) return true;
      wrong ??= body;
      return false;
    },
  });
  instance.on('response', (_client, _status, _bytes, milliseconds) => {
    latencies.push(milliseconds);
    end = performance.now();
  });
  const { non2xx, errors, timeouts, mismatches, resets } = await instance;
  const failures = Object.entries({ non2xx, errors, timeouts, mismatches, resets }).filter(([, count]) => count > 0);
  if (failures.length > 0) {
    const counts = failures.map(([what, count]) => `${count} ${what}`).join(', ');
    const body = wrong === undefined ? '' : `; one body was ${JSON.stringify(wrong.slice(0, 200))}`;
    throw new Error(`${method} ${url}${path} did not always answer what it has to: ${counts}${body}`);
  }
  if (latencies.length === 0) return undefined;
  latencies.sort((a, b) => a - b);
  return { count: latencies.length, seconds: (end - begin) / 1000, latencies };
}
