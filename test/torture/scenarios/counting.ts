import { brokenBy, type Figures } from '../figures.js';
import { get, post } from '../http.js';
import type { Stage } from '../stage.js';
import { login } from '../target.js';

const AT_ONCE = 50;

/** 50 requests at once over both processes add one each: `update(n + 1)` where the target has it, `n++` where not. */
export async function counting(stage: Stage, rounds: number): Promise<Figures> {
  let lost = 0;
  let worst = 0;
  for (let round = 0; round < rounds; round++) {
    const [first, second] = stage.fleet.servers;
    const cookie = await login(first.url);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => post(`${(i % 2 === 0 ? first : second).url}/count`, cookie)),
    );
    worst = Math.max(worst, ...answers.map(({ took }) => took));
    const { n } = JSON.parse((await get(`${first.url}/values`, cookie)).text) as { n: number };
    lost += Math.abs(AT_ONCE - n);
  }
  const broken = brokenBy({ 'increments that update() lost or counted twice': lost });
  return { scenario: `${AT_ONCE} at once: n + 1`, tries: rounds * AT_ONCE, lost, worst, broken };
}
