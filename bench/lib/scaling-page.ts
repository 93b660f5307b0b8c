// The generated tables of docs/scaling.md, from the measured inputs.
import {
  COMMANDS,
  planNearCache,
  planRedis,
  planSealed,
  SCENARIOS,
  type Scenario,
  type ScalingInputs,
} from './scaling.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const micro = (value: number): string => `${Number(value.toPrecision(3))} µs`;
const size = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${whole(bytes / 1e6)} MB`);
const cores = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
const perSecond = (cost: number): string => whole(1e6 / cost);

type Cells = readonly (string | number)[];
const table = (head: Cells, rows: readonly Cells[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A column for each scenario: `lines` are names and what they say of a plan. */
function byScenario<Plan>(
  plans: readonly Plan[],
  lines: readonly (readonly [string, (plan: Plan) => string | number])[],
): string {
  const rows = lines.map(([name, of]) => [name, ...plans.map(of)]);
  return table(['', ...Object.keys(SCENARIOS)], rows);
}

function inputsTable({ date, machine, node, redis, app, tracking }: ScalingInputs): string {
  const rows = [
    ['a session in Redis, its index entries included', `${whole(redis.bytesPerSession)} bytes`],
    ['a sealed session that ended before its time, in Redis', `${whole(redis.bytesPerRevocation)} bytes`],
    ['a signed-in read, CPU of the application', micro(app.read)],
    ['the same if the session is in the process', micro(app.memoryRead)],
    ['a signed-in read while only 2 are under way', micro(app.few.read)],
    ['the same if the session is in the process', micro(app.few.memoryRead)],
    ['a request that changes its session', micro(app.write)],
    ['a login', micro(app.login)],
    ['a write, more CPU of Redis for each process with a near-cache', micro(tracking.redisCpuPerProcess)],
    ['the same, bytes that Redis sends', `${whole(tracking.bytesPerProcess)} bytes`],
    ['a process to hear of one changed key', micro(tracking.cpuToHear)],
  ];
  return `Measured on ${date} with Node ${node} on ${machine}.\n\n${table(['what', 'costs'], rows)}`;
}

function commandsTable({ redis }: ScalingInputs): string {
  const rows = (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((kind) => [
    kind,
    COMMANDS[kind],
    micro(redis.cpu[kind]),
    perSecond(redis.cpu[kind]),
    micro(redis.cpuAlone[kind]),
  ]);
  return table(['', 'commands', 'CPU of Redis, 32 at once', 'a second and core', 'CPU of Redis, one by one'], rows);
}

const trackingTable = ({ tracking }: ScalingInputs): string =>
  table(
    ['processes', 'CPU of Redis for a write', 'bytes sent for a write'],
    tracking.lines.map(({ processes, redisCpu, bytes }) => [processes, micro(redisCpu), whole(bytes)]),
  );

const plansOf = <Plan>(plan: (inputs: ScalingInputs, scenario: Scenario) => Plan, inputs: ScalingInputs): Plan[] =>
  Object.values(SCENARIOS).map((scenario) => plan(inputs, scenario));

const redisTable = (inputs: ScalingInputs): string =>
  byScenario(plansOf(planRedis, inputs), [
    ['reads a second', ({ rates }) => whole(rates.read)],
    ['writes a second', ({ rates }) => whole(rates.write)],
    ['logins a second', ({ rates }) => whole(rates.login)],
    ['logouts a second', ({ rates }) => whole(rates.logout)],
    ['renewals a second', ({ rates }) => whole(rates.renewal)],
    ['commands a second', ({ commands }) => whole(commands)],
    ['busy cores of Redis', ({ busy }) => cores(busy)],
    ['memory of all sessions', ({ bytes }) => size(bytes)],
    ['to reserve for it', ({ reserved }) => size(reserved)],
    ['with the replicas', ({ withReplicas }) => size(withReplicas)],
    ['shards, by memory', ({ byMemory }) => byMemory],
    ['shards, by CPU', ({ byCpu }) => byCpu],
    ['**shards**', ({ shards }) => `**${shards}**`],
    ['servers, with the replicas', ({ servers }) => servers],
    ['busy cores of the application', ({ app }) => cores(app)],
    ['**cores of the application**', ({ appCores }) => `**${appCores}**`],
  ]);

const nearCacheTable = (inputs: ScalingInputs): string =>
  byScenario(
    plansOf((costs, scenario) => planNearCache(costs, scenario), inputs),
    [
      ['processes', ({ processes }) => processes],
      ['changed keys a second', ({ told }) => whole(told)],
      ['traffic of invalidation a second', ({ bytesPerSecond }) => size(bytesPerSecond)],
      ['each process: hears for, of a core', ({ hearing }) => cores(hearing)],
      ['each process: is spared, of a core', ({ spared }) => cores(spared)],
      ['the same, saturated', ({ sparedSaturated }) => cores(sparedSaturated)],
      ['Redis: tells for, cores', ({ telling }) => cores(telling)],
      ['Redis: reads spared, cores', ({ readsSpared }) => cores(readsSpared)],
      ['pays for the application up to, processes', ({ mostForApp }) => whole(mostForApp)],
      ['pays for Redis up to, processes', ({ mostForRedis }) => whole(mostForRedis)],
    ],
  );

const sealedTable = (inputs: ScalingInputs): string =>
  byScenario(plansOf(planSealed, inputs), [
    ['ended sessions that are remembered', ({ revoked }) => whole(revoked)],
    ['memory of Redis', ({ bytes }) => size(bytes)],
    ['commands a second, every request asking', ({ commands }) => whole(commands)],
    ['busy cores of Redis', ({ busy }) => cores(busy)],
  ]);

/** The generated parts of the page, by name. */
export const sectionsOf = (inputs: ScalingInputs): Readonly<Record<string, string>> => ({
  inputs: inputsTable(inputs),
  commands: commandsTable(inputs),
  tracking: trackingTable(inputs),
  redis: redisTable(inputs),
  'near-cache': nearCacheTable(inputs),
  sealed: sealedTable(inputs),
});

const begin = (name: string): string => `<!-- generated: ${name} -->`;
const END = '<!-- end of generated -->';

/** What stands between the markers of a part. @throws if the page has no such part */
export function sectionIn(page: string, name: string): { from: number; to: number; text: string } {
  const from = page.indexOf(begin(name));
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`docs/scaling.md lacks the markers of "${name}".`);
  return { from: from + begin(name).length, to, text: page.slice(from + begin(name).length, to) };
}

/** The page with its generated parts made anew. */
export function pageWith(page: string, inputs: ScalingInputs): string {
  let text = page;
  for (const [name, section] of Object.entries(sectionsOf(inputs))) {
    const { from, to } = sectionIn(text, name);
    text = `${text.slice(0, from)}\n\n${section}\n\n${text.slice(to)}`;
  }
  return text;
}
