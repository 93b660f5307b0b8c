import { brokenBy, type Figures } from '../figures.js';
import { get, post } from '../http.js';
import type { Stage } from '../stage.js';
import { login } from '../target.js';

const AT_ONCE = 50;

/** 50 requests at once over both processes add one each: `update(n + 1)` where the target has it, `n++` where not. */
export const counting = (stage: Stage, rounds: number): Promise<Figures> =>
  addOne(stage, '/count', rounds, `${AT_ONCE} at once: n + 1`);

/** The same with a pause between reading and writing, on a route that runs one at a time where the target has such. */
export const oneAtATime = (stage: Stage, rounds: number): Promise<Figures> =>
  addOne(stage, '/locked', rounds, `${AT_ONCE} at once: n + 1 on a locked route`);

async function addOne(stage: Stage, path: string, rounds: number, scenario: string): Promise<Figures> {
  let lost = 0;
  let worst = 0;
  for (let round = 0; round < rounds; round++) {
    const [first, second] = stage.fleet.servers;
    const cookie = await login(first.url);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => post(`${(i % 2 === 0 ? first : second).url}${path}`, cookie)),
    );
    worst = Math.max(worst, ...answers.map(({ took }) => took));
    const { n } = JSON.parse((await get(`${first.url}/values`, cookie)).text) as { n: number };
    lost += Math.abs(AT_ONCE - n);
  }
  const broken = brokenBy({ 'increments that were lost or counted twice': lost });
  return { scenario, tries: rounds * AT_ONCE, lost, worst, broken };
}
