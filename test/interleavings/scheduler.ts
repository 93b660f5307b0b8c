import type { Stage, Step } from './scheduled-store.js';

/** What may go wrong in a schedule, once. */
export type Fault = 'crash' | 'time' | 'lost-reply';

/** One thing that can happen next. */
export interface Choice {
  readonly id: string;
  readonly kind: 'step' | Fault;
  readonly step: Step | undefined;
  readonly actor: string;
}

/** A run from its start: the operations have begun and wait at their first steps. */
export interface Run {
  readonly stage: Stage;
  /** Lets so much time pass that a grace is over. */
  passTime(): void;
  /** Whether every operation waits at a step, or is done. @default so after one turn of the event loop */
  isSettled?(): boolean;
}

/** Decides what happens next. @returns undefined to give the run up */
export type Chooser = (choices: readonly Choice[]) => Choice | undefined;

/** Two things whose order nobody can tell: they may be carried out in either and leave the same state. */
export function commute(a: Choice, b: Choice): boolean {
  // A fault happens once, so the first one takes the place of the second.
  if (a.kind !== 'step' && b.kind !== 'step') return false;
  if (a.kind === 'time' || b.kind === 'time') return false;
  if (a.kind === 'crash' || b.kind === 'crash') return a.actor !== b.actor;
  if (!a.step || !b.step) return false;
  if (a.kind === 'lost-reply' || b.kind === 'lost-reply')
    return a.actor !== b.actor && a.step.resource !== b.step.resource;
  // What one operation does side by side it joins again without regard to which part was first.
  return a.step.resource !== b.step.resource || (a.step.reads && b.step.reads);
}

/** How long an operation may go on by itself, such as with a seal (ms). One that is stuck is waited for as long. */
const MAX_SETTLING = 500;

/** Resolves when nothing goes on by itself any more: every operation waits at a step, or is done. */
async function settled(run: Run): Promise<void> {
  await turn();
  const until = performance.now() + MAX_SETTLING;
  while (run.isSettled?.() === false && performance.now() < until) await turn();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Carries a run out to its end.
 * @returns what happened, in order; undefined if the chooser gave it up
 */
export async function carryOut(run: Run, faults: readonly Fault[], choose: Chooser): Promise<Choice[] | undefined> {
  const { stage } = run;
  const happened: Choice[] = [];
  const wrote = new Set<string>();
  let spared = faults;
  for (;;) {
    await settled(run);
    const choices = choicesOf(stage, spared, wrote);
    if (!choices.some(({ kind }) => kind === 'step')) return happened;
    const next = choose(choices);
    if (!next) return undefined;
    happened.push(next);
    if (next.kind !== 'step') spared = [];
    if (next.kind === 'time') run.passTime();
    else if (next.kind === 'crash') stage.kill(next.actor);
    else {
      if (next.step && !next.step.reads) wrote.add(next.actor);
      await stage.waiting.find(({ id }) => id === next.step?.id)?.carryOut(next.kind === 'lost-reply');
    }
  }
}

/** A process that has written nothing leaves nothing by dying, so it dies only afterwards. */
function choicesOf(stage: Stage, faults: readonly Fault[], wrote: ReadonlySet<string>): Choice[] {
  const steps = stage.waiting.map((step): Choice => ({ id: step.id, kind: 'step', step, actor: step.actor }));
  if (steps.length === 0) return [];
  const actors = [...new Set(steps.map(({ actor }) => actor))];
  return [
    ...steps,
    ...(faults.includes('crash')
      ? actors
          .filter((actor) => wrote.has(actor))
          .map((actor): Choice => ({ id: `${actor} dies`, kind: 'crash', step: undefined, actor }))
      : []),
    ...(faults.includes('lost-reply')
      ? steps
          .filter(({ step }) => step?.reads === false)
          .map(({ step, actor, id }): Choice => ({ id: `${id}, reply lost`, kind: 'lost-reply', step, actor }))
      : []),
    ...(faults.includes('time')
      ? [{ id: 'time passes', kind: 'time', step: undefined, actor: '' } satisfies Choice]
      : []),
  ];
}

interface Node {
  readonly choices: readonly Choice[];
  /** What was tried here, or need not be: the same has been seen in another order. */
  readonly asleep: Map<string, Choice>;
  /** What has to be tried here. */
  readonly due: Set<string>;
  taken: Choice;
}

/** What a search comes to. */
export interface Search {
  /** Runs to an end. */
  readonly ends: number;
  /** Runs that were given up because they would have repeated another one. */
  readonly repeated: number;
}

/**
 * How much is left out: `'none'` carries out every schedule; `'sleep'` leaves out those that differ from one that is
 * carried out by the order of choices that commute, but begins most of them; `'races'` begins few of them.
 */
export type Reduction = 'none' | 'sleep' | 'races';

/**
 * Carries out every schedule of a run, depth first: each one from the start, because a run cannot be copied.
 *
 * What differs only by the order of choices that commute is the same schedule, and one of them is enough to reach every
 * end state. Sleep sets (Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, chapter 5):
 * after everything that follows a choice was seen, the choice sleeps for its siblings, until something is carried out
 * that does not commute with it. Races (Flanagan and Godefroid, Dynamic Partial-Order Reduction, POPL 2005): a choice
 * other than the first one is tried at a point only if a run shows that it, or something that follows from it, does not
 * commute with what was carried out there. Both together carry out one schedule of each kind. What may go wrong is tried
 * everywhere.
 * @param begin a fresh run
 * @param ended looks at a run that has come to its end
 */
export async function searchAll<R extends Run>(
  begin: () => Promise<R>,
  ended: (run: R, happened: readonly Choice[]) => Promise<void>,
  {
    faults = [],
    reduction = 'races',
    most = Infinity,
  }: { faults?: readonly Fault[]; reduction?: Reduction; most?: number } = {},
): Promise<Search> {
  const path: Node[] = [];
  let ends = 0;
  let repeated = 0;
  do {
    let depth = 0;
    let left: readonly Choice[] = [];
    const run = await begin();
    const happened = await carryOut(run, faults, (choices) => {
      const known = path[depth];
      if (known) {
        depth++;
        const again = choices.find(({ id }) => id === known.taken.id);
        if (!again) throw new Error(`Not the same run again: ${known.taken.id} is not possible any more.`);
        return again;
      }
      const node = nodeAfter(path.at(-1), choices, reduction);
      if (node) path.push(node);
      else left = choices;
      depth++;
      return node?.taken;
    });
    if (reduction === 'races') noteRaces(path, left);
    if (happened) {
      ends++;
      await ended(run, happened);
    } else repeated++;
    if (ends + repeated > most) throw new Error(`More than ${most} runs.`);
  } while (nextPath(path));
  return { ends, repeated };
}

/** A point that no run has come to before. @returns undefined if all that can happen there has been seen elsewhere */
function nodeAfter(before: Node | undefined, choices: readonly Choice[], reduction: Reduction): Node | undefined {
  const asleep = new Map<string, Choice>();
  if (before && reduction !== 'none')
    for (const [id, choice] of before.asleep)
      if (id !== before.taken.id && commute(choice, before.taken)) asleep.set(id, choice);
  const taken = choices.find(({ id }) => !asleep.has(id));
  if (!taken) return undefined;
  const due = choices.filter((choice) => reduction !== 'races' || choice === taken || choice.kind !== 'step');
  return { choices, asleep, due: new Set(due.map(({ id }) => id)), taken };
}

/** Takes the last choice that has an alternative. @returns false if there is none: all was seen */
function nextPath(path: Node[]): boolean {
  for (let node = path.at(-1); node; node = path.at(-1)) {
    node.asleep.set(node.taken.id, node.taken);
    const { asleep, due } = node;
    const next = node.choices.find(({ id }) => due.has(id) && !asleep.has(id));
    if (next) {
      node.taken = next;
      return true;
    }
    path.pop();
  }
  return false;
}

/**
 * Finds what was carried out in an order that could have been another one, and makes the other one due.
 * @param left what could have happened next where the run was given up
 */
function noteRaces(path: readonly Node[], left: readonly Choice[]): void {
  const firstAt = new Map<string, number>();
  [...path.map(({ choices }) => choices), left].forEach((choices, at) => {
    for (const { id } of choices) if (!firstAt.has(id)) firstAt.set(id, at);
  });
  /** What had to happen before each of what was carried out: its causes, and what does not commute with it. */
  const before: ReadonlySet<number>[] = [];
  const upTo = (at: number): ReadonlySet<number> => (at < 0 ? new Set() : new Set([...(before[at] ?? []), at]));
  const causesOf = ({ id, actor }: Choice): ReadonlySet<number> => {
    const at = (firstAt.get(id) ?? 0) - 1;
    return upTo(path[at]?.taken.actor === actor ? at : -1);
  };
  const look = (choice: Choice, at: number): ReadonlySet<number> => {
    const causes = causesOf(choice);
    const known = new Set(causes);
    const races: number[] = [];
    path.slice(0, at).forEach(({ taken }, i) => {
      if (commute(taken, choice)) return;
      if (!causes.has(i)) races.push(i);
      for (const n of upTo(i)) known.add(n);
    });
    for (const i of races) reverse(i, choice, at, known);
    return known;
  };
  /** Makes due, where `i` was taken, what brings `choice` about without it. */
  const reverse = (i: number, choice: Choice, at: number, known: ReadonlySet<number>): void => {
    const node = path[i];
    if (!node) return;
    const without: number[] = [];
    for (let k = i + 1; k < at; k++) if (!before[k]?.has(i)) without.push(k);
    const firsts = without
      .filter((k) => !without.some((earlier) => before[k]?.has(earlier)))
      .map((k) => path[k]?.taken.id);
    if (!without.some((earlier) => known.has(earlier))) firsts.push(choice.id);
    const possible = firsts.filter((id) => node.choices.some((other) => other.id === id)) as string[];
    if (!possible.some((id) => node.due.has(id) || node.asleep.has(id)))
      possible.slice(0, 1).forEach((id) => node.due.add(id));
  };
  path.forEach(({ taken }, at) => before.push(look(taken, at)));
  for (const choice of left) look(choice, path.length);
}

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Carries out one schedule at random. */
export async function sample<R extends Run>(
  begin: () => Promise<R>,
  ended: (run: R, happened: readonly Choice[]) => Promise<void>,
  random: () => number,
  faults: readonly Fault[] = [],
): Promise<void> {
  const run = await begin();
  const happened = await carryOut(run, faults, (choices) => {
    const steps = choices.filter(({ kind }) => kind === 'step');
    // A fault at one step in six.
    const among = faults.length > 0 && random() < 1 / 6 && choices.length > steps.length ? choices : steps;
    return among[Math.floor(random() * among.length)];
  });
  if (happened) await ended(run, happened);
}
