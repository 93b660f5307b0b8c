// A scenario with all its kinds, in turn.
import { measure } from './load.mjs';
import { startServer } from './processes.mjs';

const shuffled = (values) =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

/**
 * Runs every kind once in each round, in random order, so that what the machine does besides meets all alike.
 * @param options `rounds`, `seconds` of a slice, `redis`, and `say`, which is told what was left out
 * @returns the slices by kind: one of each round
 */
export async function runScenario(scenario, { rounds, seconds, redis, say }) {
  await redis.flush();
  const servers = new Map();
  try {
    for (const kind of scenario.kinds) {
      const server = await startServer(kind, scenario, redis.url);
      if (server.leftOut === undefined) servers.set(kind, server);
      else {
        say(`${kind} is left out: ${server.leftOut}`);
        await server.stop();
      }
    }
    const samples = Object.fromEntries(Array.from(servers.keys(), (kind) => [kind, []]));
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const kind of shuffled([...servers.keys()])) {
        const sample = await measure(servers.get(kind), scenario, { seconds, commands: redis.commands }).catch(
          (error) => {
            throw new Error(`${scenario.name}, ${kind}: ${error.message}`, { cause: error });
          },
        );
        if (round > 0) samples[kind].push(sample);
      }
    }
    return samples;
  } finally {
    await Promise.all(Array.from(servers.values(), (server) => server.stop()));
  }
}
