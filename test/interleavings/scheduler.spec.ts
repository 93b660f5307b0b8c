import { describe, expect, it } from 'vitest';
import { onMemory } from './memory-backend.js';
import { pairOf, type OperationName, type StartState } from './operations.js';
import { PairRun } from './pair-run.js';
import { Stage } from './scheduled-store.js';
import { commute, sample, searchAll, seeded, type Choice, type Fault, type Reduction, type Run } from './scheduler.js';

/** A register that operations read and write, and a clock. */
class Register {
  readonly values = new Map<string, string>();

  async read(key: string): Promise<string> {
    return this.values.get(key) ?? '';
  }

  async write(key: string, value: string): Promise<void> {
    this.values.set(key, (this.values.get(key) ?? '') + value);
  }
}

interface ToyRun extends Run {
  readonly register: Register;
  time: number;
}

const toy =
  (...operations: ((register: Register) => Promise<unknown>)[]) =>
  async (): Promise<ToyRun> => {
    const stage = new Stage();
    const register = new Register();
    const scheduled = stage.schedule(register);
    operations.forEach(
      (operation, n) => void stage.act('AB'[n] ?? '', () => operation(scheduled).catch(() => undefined)),
    );
    const run = { stage, register, time: 0, passTime: () => void run.time++ };
    return run;
  };

const twice = (key: string, value: string) => async (register: Register) => {
  await register.write(key, value);
  await register.write(key, value.toUpperCase());
};

async function ends(begin: () => Promise<ToyRun>, reduction: Reduction, faults: readonly Fault[] = []) {
  const found: string[] = [];
  await searchAll(
    begin,
    async ({ register, time }) => void found.push([...[...register.values].map(String).sort(), time].join(' ')),
    { reduction, faults },
  );
  return found.sort();
}

describe('the scheduler', () => {
  it('carries out every order of two times two writes, once', async () => {
    const all = ['aAbB', 'abAB', 'abBA', 'baAB', 'baBA', 'bBaA'].map((text) => `x,${text} 0`).sort();
    for (const reduction of ['none', 'sleep', 'races'] as const)
      expect(await ends(toy(twice('x', 'a'), twice('x', 'b')), reduction)).toEqual(all);
  });

  it('carries out one order of what commutes', async () => {
    const begin = toy(twice('x', 'a'), twice('y', 'b'));
    expect(await ends(begin, 'none')).toHaveLength(6);
    expect(await ends(begin, 'races')).toEqual(['x,aA y,bB 0']);
  });

  it('lets one process die after each of its writes, time pass at each moment, and each reply get lost', async () => {
    const begin = toy(twice('x', 'a'));
    expect(await ends(begin, 'races', ['crash'])).toEqual(['x,a 0', 'x,aA 0']);
    expect(new Set(await ends(begin, 'races', ['time']))).toEqual(new Set(['x,aA 0', 'x,aA 1']));
    expect(new Set(await ends(begin, 'races', ['lost-reply']))).toEqual(new Set(['x,a 0', 'x,aA 0']));
  });

  it('finds a change that is lost between a read and a write', async () => {
    const increment = async (register: Register) => {
      const seen = (await register.read('x')).length;
      await register.write('x', String(seen));
    };
    for (const reduction of ['none', 'races'] as const)
      expect(new Set(await ends(toy(increment, increment), reduction))).toEqual(new Set(['x,00 0', 'x,01 0']));
  });

  it('is the same at random for the same seed', async () => {
    const orders: string[] = [];
    for (let n = 0; n < 2; n++)
      await sample(
        toy(twice('x', 'a'), twice('x', 'b')),
        async ({ register }) => void orders.push(String(register.values.get('x'))),
        seeded(7),
      );
    expect(orders[0]).toBe(orders[1]);
  });

  const kinds = (happened: readonly Choice[]): string =>
    happened
      .flatMap((a, n) => happened.slice(n + 1).flatMap((b) => (commute(a, b) ? [] : [`${a.id} < ${b.id}`])))
      .sort()
      .join('\n');

  it.each([
    ['signed-in', 'elevate', 'logout', []],
    ['signed-in', 'impersonate', 'logout', []],
    ['signed-in', 'save', 'registryUpdate', []],
    ['signed-in', 'login', 'elevate', []],
    ['anonymous', 'login', 'save', ['crash']],
    ['signed-in', 'elevate', 'save', ['time']],
  ] as [StartState, OperationName, OperationName, Fault[]][])(
    'leaves out nothing but repetitions: %s, %s beside %s %j',
    async (state, a, b, faults) => {
      const seen = async (reduction: Reduction) => {
        const all: string[] = [];
        await searchAll(
          () => PairRun.begin(onMemory, pairOf(state, a, b)),
          async (_run, happened) => void all.push(kinds(happened)),
          { reduction, faults },
        );
        return all;
      };
      const reduced = await seen('races');
      expect(new Set(reduced)).toEqual(new Set(await seen('none')));
      expect(new Set(reduced).size).toBe(reduced.length);
    },
    120_000,
  );
});
