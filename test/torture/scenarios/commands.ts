import { brokenBy, type Figures } from '../figures.js';
import { get } from '../http.js';
import { sleep } from '../pool.js';
import type { Stage } from '../stage.js';
import { login } from '../target.js';

const SESSION_COMMANDS = /^(get|getex|set|setex|del|unlink|expire|pexpire|pttl|ttl|evalsha|eval)$/;
const PER_STEP = 10;

/** Commands that Redis was sent about sessions while the work was done. */
async function commandsOf({ redis }: Stage, work: () => Promise<void>): Promise<Record<string, number>> {
  await redis.resetStats();
  await work();
  // What does not delay a response may still be on its way.
  await sleep(50);
  // A script's own commands are counted too: they are no message to Redis.
  const counts = Object.entries(await redis.commandCounts()).filter(([name]) => SESSION_COMMANDS.test(name));
  return Object.fromEntries(counts);
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** What anonymous visitors and signed-in readers cost Redis. */
export async function commands(stage: Stage, requests: number): Promise<Figures[]> {
  const { url } = stage.fleet.servers[0];
  const cookie = await login(url);
  const repeat = (as?: string) => async () => {
    for (let i = 0; i < requests; i++) await get(`${url}/values`, as);
  };
  const anonymous = sum(await commandsOf(stage, repeat()));
  const signedIn = sum(await commandsOf(stage, repeat(cookie)));

  // An idle timeout of five seconds is due for renewal every half second.
  const { writes, sent } = await renewalsOf(stage, await login(url, { idle: 5000 }), requests);
  const remembered = await renewalsOf(stage, await login(url, { lifetime: 5000 }), requests);
  return [
    {
      scenario: 'Redis commands: anonymous reads',
      tries: requests,
      note: `${anonymous / requests} each`,
      broken: brokenBy({ 'commands for anonymous readers': anonymous }),
    },
    {
      scenario: 'Redis commands: signed-in reads',
      tries: requests,
      note: `${signedIn / requests} each`,
      broken: brokenBy({ 'more than one command for a read': signedIn - requests }),
    },
    {
      scenario: 'renewals in 2 s, idle timeout 5 s',
      tries: requests,
      note: `${writes} writes, ${sent} commands`,
      // Every half second one; parallel requests may find it due together, and the first one is it.
      broken: brokenBy({ 'more renewals than due': Math.max(0, writes - 5) }),
    },
    {
      scenario: 'the same, of a cookie that the browser keeps',
      tries: requests,
      note: `${remembered.writes} writes, ${remembered.sent} commands, ${remembered.cookies} cookies`,
      // A cookie goes by the write that tells whose secret is current.
      broken: brokenBy({
        'writes without a cookie': Math.max(0, remembered.writes - remembered.cookies),
        'more renewals than due': Math.max(0, remembered.writes - 5),
      }),
    },
  ];
}

/** Requests for two seconds, ten at once. */
async function renewalsOf(
  stage: Stage,
  cookie: string,
  requests: number,
): Promise<{ readonly writes: number; readonly sent: number; readonly cookies: number }> {
  const { url } = stage.fleet.servers[0];
  let cookies = 0;
  const counts = await commandsOf(stage, async () => {
    for (let i = 0; i < requests; i += PER_STEP) {
      const answers = await Promise.all(Array.from({ length: PER_STEP }, () => get(`${url}/values`, cookie)));
      cookies += answers.filter((answer) => answer.cookie).length;
      await sleep(2000 / (requests / PER_STEP));
    }
  });
  // A renewal is a script that writes, or does not because another one was first; with connect-redis it is EXPIRE.
  return {
    sent: (counts['evalsha'] ?? 0) + (counts['expire'] ?? 0),
    writes: (counts['set'] ?? 0) + (counts['expire'] ?? 0),
    cookies,
  };
}
