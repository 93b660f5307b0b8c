import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { instrument, type Place } from '../../bench/lib/instrument.ts';
import { figuresOf } from '../../bench/lib/walk-figures.ts';

/** Runs a script, and says which functions it entered. */
function run(source: string) {
  const places: Place[] = [];
  const entered: string[] = [];
  const enter = (index: number) => entered.push(places[index]!.name);
  const result: unknown = runInNewContext(instrument(source, 'core/a.ts', 'enter', places), { enter });
  return { result, entered, places };
}

describe('instrument()', () => {
  it.each([
    ['a declaration', 'function one() { return 1; } one();', 1, ['one']],
    ['an arrow without a block', 'const one = () => 1; one();', 1, ['one']],
    ['an arrow that gives an object', 'const one = () => ({ a: 1 }); one().a;', 1, ['one']],
    ['an arrow that gives an arrow', 'const one = (a) => (b) => a + b; one(1)(2);', 3, ['one', '(anonymous)']],
    ['a default that is a function', 'const one = (f = () => 1) => f(); one();', 1, ['(anonymous)', 'one']],
    ['a method', 'const a = { one() { return 1; } }; a.one();', 1, ['one']],
    ['a getter', 'class A { get one() { return 1; } } new A().one;', 1, ['one']],
    [
      'a constructor before super()',
      'class A {} class B extends A { constructor() { super(); this.a = 1; } } new B().a;',
      1,
      ['new B'],
    ],
  ])('records %s, and changes no result', (_, source, result, entered) => {
    const ran = run(source);
    expect(ran.result).toBe(result);
    expect(ran.entered.toSorted()).toEqual(entered.toSorted());
  });

  it('records each call, in order', () => {
    expect(run('const b = () => 1; function a() { return b() + b(); } a(); b();').entered).toEqual([
      'a',
      'b',
      'b',
      'b',
    ]);
  });

  it('knows where a function stands', () => {
    expect(run('\nfunction a() { return () => 1; }').places).toEqual([
      { file: 'core/a.ts', name: 'a', line: 2, nested: false },
      { file: 'core/a.ts', name: '(anonymous)', line: 2, nested: true },
    ]);
  });
});

describe('figuresOf()', () => {
  const at = (file: string, nested = false): Place => ({ file, name: 'f', line: 1, nested });

  it('counts calls, and those that lie elsewhere than the call before', () => {
    const [a, b, c] = [at('http/a.ts'), at('request/b.ts', true), at('server/c.ts')];
    expect(figuresOf([a, a, b, c, b, a])).toEqual({
      calls: 6,
      functions: 3,
      files: 3,
      'file hops': 4,
      'room hops': 4,
      'old room hops': 2,
      closures: 2,
    });
  });

  it('is nothing for no walk', () => {
    expect(figuresOf([])).toMatchObject({ calls: 0, 'room hops': 0 });
  });
});
