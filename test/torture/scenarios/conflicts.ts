import { ALLOWED } from '../../interleavings/allowed-ends.js';
import type { Pair } from '../../interleavings/operations.js';
import { attempt, seenAt, type Attempt } from '../conflicts/attempt.js';
import { seeded } from '../conflicts/random.js';
import { OTHERS, ROWS, type Row } from '../conflicts/rows.js';
import { Verdict, type Promised } from '../conflicts/verdict.js';
import { brokenBy, type Figures } from '../figures.js';
import { pool, sleep } from '../pool.js';
import type { Stage } from '../stage.js';

/** How often. */
export interface ConflictSize {
  /** Each row of the table of conflicts, its pairs in turn. */
  readonly row: number;
  /** Each other pair. */
  readonly pair: number;
}

const AT_ONCE = 16;
/** So many attempts wait together for the second in which nothing may come back. */
const BATCH = 600;
const SECOND = 1000;
/** Which process is asked for what, and which answer arrives first, is chosen by it. */
const SEED = 20_261_130;

interface Task {
  readonly row: string;
  readonly pair: Pair;
}

/** What was found of one row. */
interface Tally {
  tries: number;
  readonly counts: Record<Promised, number>;
  /** By pair, what and how often. */
  readonly broken: Record<string, number>;
  /** By the reason for which an odd end is allowed. */
  readonly allowed: Record<string, number>;
}

const tally = (): Tally => ({
  tries: 0,
  counts: { lost: 0, revived: 0, 'not ended': 0, 'dead cookie': 0, wrong: 0 },
  broken: {},
  allowed: {},
});

/**
 * Two requests with the same cookie, sent at once to two processes: the rows of the table of conflicts, and every other
 * pair of operations. Each end that looks odd and is allowed is one of test/interleavings/allowed-ends.ts.
 */
export async function conflicts(stage: Stage, size: ConflictSize): Promise<Figures[]> {
  const tallies = new Map([...ROWS, ...OTHERS].map(({ title }) => [title, tally()]));
  const tasks = [
    ...ROWS.flatMap((row) => repeat(row, size.row)),
    ...OTHERS.flatMap((row) => repeat(row, size.pair * row.pairs.length)),
  ];
  for (let from = 0; from < tasks.length; from += BATCH) await play(stage, tasks.slice(from, from + BATCH), tallies);
  return [...tallies].map(([scenario, { tries, counts, broken, allowed }]) => ({
    scenario,
    tries,
    lost: counts.lost,
    revived: counts.revived,
    wrong: counts['not ended'] + counts['dead cookie'] + counts.wrong,
    note: Object.entries(allowed)
      .map(([reason, times]) => `${reason} ${times}`)
      .join(', '),
    broken: brokenBy(broken),
  }));
}

const repeat = ({ title, pairs }: Row, times: number): Task[] =>
  Array.from({ length: times }, (_, n) => ({ row: title, pair: pairs[n % pairs.length] as Pair }));

const random = seeded(SEED);

async function play({ fleet }: Stage, tasks: readonly Task[], tallies: ReadonlyMap<string, Tally>): Promise<void> {
  const dead: { task: Task; attempt: Attempt; cookie: string }[] = [];
  const count = ({ row, pair }: Task, promised: Promised, what: string): void => {
    const { counts, broken, allowed } = tallies.get(row) as Tally;
    const reason = ALLOWED[pair.label]?.[what];
    if (reason !== undefined) allowed[reason] = (allowed[reason] ?? 0) + 1;
    else {
      counts[promised]++;
      const key = `${pair.label}: ${what}`;
      broken[key] = (broken[key] ?? 0) + 1;
    }
  };
  await pool(tasks.length, AT_ONCE, async (index) => {
    const task = tasks[index] as Task;
    (tallies.get(task.row) as Tally).tries++;
    const one = await attempt(fleet.servers, task.pair, random);
    for (const { promised, what } of await Verdict.of(one)) count(task, promised, what);
    for (const { cookie, seen } of one.given) if (!seen.live) dead.push({ task, attempt: one, cookie });
  });
  await sleep(SECOND);
  await pool(dead.length, AT_ONCE, async (index) => {
    const { task, cookie } = dead[index] as (typeof dead)[number];
    const { live } = await seenAt(fleet.servers[index % 2 === 0 ? 0 : 1], cookie);
    if (live) count(task, 'revived', 'I1 a cookie that opened nothing opens a session a second later');
  });
}
