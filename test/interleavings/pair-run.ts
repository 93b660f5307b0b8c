import { EMPTY, NOTHING, World, type Answer, type Backend, type Jar, type Seen } from './world.js';
import { ALICE, BOB, CAROL, KEPT, type Browser, type Operation, type Pair } from './operations.js';
import type { Stage } from './scheduled-store.js';
import type { Run } from './scheduler.js';

const LIFE_B = 'B';
const LIFE_D = 'D';

/** The labels of the two operations of a pair, and the keys that they write. */
export const ACTORS = ['A', 'B'] as const;
export type Actor = (typeof ACTORS)[number];

/** A token that some response carried. */
export interface GivenToken {
  readonly jar: Jar;
  /** Undefined for what the browsers had at the beginning. */
  readonly by: Actor | undefined;
  readonly browser: Browser;
}

/** One run of a pair, from its start to what every browser sees in the end. */
export class PairRun implements Run {
  readonly stage: Stage;
  readonly jars: Record<Browser, Jar> = { B: EMPTY, D: EMPTY, E: EMPTY };
  readonly answers = new Map<Actor, Answer>();
  /** What browsers had at the beginning, by what it opened then. */
  readonly start = new Map<Browser, Seen>();
  /** Sessions that were written again after they had ended. */
  readonly revived = new Set<string>();
  private readonly ended = new Set<string>();

  private constructor(
    readonly world: World,
    readonly pair: Pair,
    readonly backend: Backend,
  ) {
    this.stage = world.stage;
  }

  static async begin(backend: Backend, pair: Pair, oneProcess = false): Promise<PairRun> {
    const world = await World.begin(backend);
    const run = new PairRun(world, pair, backend);
    await run.prepare();
    run.watchEndings();
    const shared = Object.assign({}, ...pair.operations.map(({ shared: options }) => options)) as object;
    const both = oneProcess
      ? world.process({ ...shared, ...Object.assign({}, ...pair.operations.map(({ options }) => options)) })
      : undefined;
    pair.operations.forEach((operation, n) => {
      const actor = ACTORS[n] as Actor;
      const process = both ?? world.process({ ...shared, ...operation.options });
      void world.stage.act(actor, () => run.perform(operation, actor, process));
    });
    return run;
  }

  passTime(): void {
    this.world.passTime();
  }

  operation(actor: Actor): Operation {
    return this.pair.operations[ACTORS.indexOf(actor)] as Operation;
  }

  /** Every token that there is. */
  get given(): GivenToken[] {
    const begun = (['B', 'D'] as const).map((browser) => ({ jar: this.jars[browser], by: undefined, browser }));
    const later = ACTORS.flatMap((by) => {
      const action = this.answers.get(by)?.action;
      const { browser } = this.operation(by);
      return action?.type === 'set' && browser
        ? [{ jar: { token: action.token, copy: action.copy?.value }, by, browser }]
        : [];
    });
    return [...begun, ...later].filter(({ jar }) => jar.token !== undefined);
  }

  /** An operation that neither answered nor failed, although nothing waits any more and its process lives. */
  get stuck(): Actor[] {
    return ACTORS.filter((actor) => !this.answers.has(actor) && !this.stage.isDead(actor));
  }

  isSettled(): boolean {
    const { waiting } = this.stage;
    return this.stuck.every((actor) => waiting.some((step) => step.actor === actor));
  }

  private async perform(operation: Operation, actor: Actor, process: Parameters<Operation['run']>[0]): Promise<void> {
    const jar = operation.browser === undefined ? EMPTY : this.jars[operation.browser];
    const handle = this.start.get('B')?.handle ?? '';
    const answer = await operation.run(process, { jar, mark: actor, handle });
    if (!this.stage.isDead(actor)) this.answers.set(actor, answer);
  }

  /** The sessions of the start state, made by the operations that make them. */
  private async prepare(): Promise<void> {
    const { world, pair, jars } = this;
    const process = world.process();
    const sign = async (browser: Browser, life: string): Promise<void> => {
      const answer = await process.request(jars[browser], async ({ service, values }) => {
        if (pair.state === 'anonymous') Object.assign(values, { kept: life, life });
        else if (pair.state === 'pending') await service.beginLogin(ALICE);
        else await service.login(ALICE);
        if (pair.state !== 'anonymous') Object.assign(service.current, { kept: life, life });
      });
      if (answer.action.type !== 'set') throw new Error('No session to begin with', { cause: answer.error });
      jars[browser] = { token: answer.action.token, copy: answer.action.copy?.value };
      world.clock.advance(1000);
    };
    if (pair.state !== 'none') await sign('B', LIFE_B);
    if (pair.state === 'signed-in') await sign('D', LIFE_D);
    if (pair.state === 'acting') {
      const acting = await process.request(jars.B, async ({ service }) => {
        await service.impersonate(CAROL);
        Object.assign(service.current, { acted: 1 });
      });
      if (acting.action.type !== 'set') throw new Error('Nobody acts.');
      jars.B = { token: acting.action.token, copy: acting.action.copy?.value };
    }
    // Old enough for another secret, where there is an age at all.
    world.clock.advance(2 * 60_000);
    for (const browser of ['B', 'D'] as const) this.start.set(browser, await world.look(jars[browser]));
    if (pair.state !== 'none' && !this.start.get('B')?.live) throw new Error('The session to begin with is none.');
  }

  /** A session that ended is never written again: seen at the store itself. */
  private watchEndings(): void {
    this.stage.watch = ({ method, resource, args, reply }) => {
      const [, record] = args as [unknown, { kind?: string } | undefined];
      const wrote =
        (method === 'create' && reply !== undefined) ||
        (method === 'save' && (reply as { status?: string }).status === 'saved');
      const ending = record?.kind === 'tombstone';
      if (wrote && !ending && record?.kind !== 'lock' && this.ended.has(resource)) this.revived.add(resource);
      if ((wrote && ending) || (method === 'delete' && reply !== undefined)) this.ended.add(resource);
    };
  }
}

/** Whom the sessions of a world may be of. */
export const USERS = [ALICE.id, BOB.id, CAROL.id];
export { KEPT, NOTHING, LIFE_B, LIFE_D };
