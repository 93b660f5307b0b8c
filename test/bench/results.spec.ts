import { describe, expect, it } from 'vitest';
import { overEpochs, valuesOf } from '../../bench/lib/results.ts';

const cpu = (...values: number[]) => values.map((value) => ({ cpu: value }));
const many = { connections: 32 };

describe('over epochs', () => {
  it('ratios are taken within an epoch, whatever the epochs differ in', () => {
    // The machine was four times as slow in the second one.
    const samples = { ours: cpu(10, 40, 10), theirs: cpu(20, 80, 20) };
    expect(valuesOf(many, samples, (epoch) => epoch.cpu('ours') / epoch.cpu('theirs'))).toEqual([0.5, 0.5, 0.5]);
  });

  it('there is no figure of a kind that was not measured', () => {
    expect(overEpochs(many, { ours: cpu(10) }, (epoch) => epoch.cpu('ours') / epoch.cpu('theirs'))).toBeUndefined();
    expect(overEpochs(many, {}, (epoch) => epoch.cpu('ours'))).toBeUndefined();
  });

  it('only epochs count in which all kinds were measured', () => {
    const samples = { ours: cpu(10, 40), theirs: cpu(20) };
    expect(valuesOf(many, samples, (epoch) => epoch.cpu('ours'))).toEqual([10]);
  });

  it('an epoch in which a process did not become warm does not count, and one alone is no figure', () => {
    const of = (...values: number[]) => overEpochs(many, { ours: cpu(...values) }, (epoch) => epoch.cpu('ours'));
    expect(of(10, NaN, 12)).toMatchObject({ median: 11, noise: 1 });
    expect(of(10, NaN, NaN)).toMatchObject({ median: 10, noise: Infinity });
    expect(of(NaN, NaN)).toMatchObject({ noise: Infinity });
  });

  it('what is wrong besides is thrown', () => {
    const broken = () => {
      throw new TypeError('broken');
    };
    expect(() => overEpochs(many, { ours: cpu(10) }, broken)).toThrow('broken');
  });

  it('requests per second are no figure where the client costs nearly as much as the server', () => {
    const rateAt = (clientCpu: number) =>
      valuesOf(many, { ours: [{ cpu: 100, clientCpu, perSecond: 5 }] }, (epoch) => epoch.perSecond('ours'));
    expect(rateAt(79)).toEqual([5]);
    expect(rateAt(81)).toBeUndefined();
  });
});

describe('tax()', () => {
  const samples = {
    'no-op': cpu(50),
    'no-op, setImmediate': cpu(31),
    'no-op, shared turn': cpu(30),
    'no-op, GET': cpu(40),
    'no-op, pipelined GET': cpu(45),
    'Fastify: no-op, shared turn': cpu(20),
    'nest-session, memory': cpu(60),
    'express-session, MemoryStore': cpu(100),
    'express-session, connect-redis': cpu(100),
    'express-session, connect-redis, auto-pipelining': cpu(100),
    'Fastify: nest-session, memory': cpu(60),
  };
  const taxOf = (scenario: Parameters<typeof overEpochs>[0], kind: string) =>
    overEpochs(scenario, samples, (epoch) => epoch.tax(kind))?.median;

  it.each([
    ['nest-session, memory', 30],
    ['express-session, MemoryStore', 69],
    ['express-session, connect-redis', 60],
    ['express-session, connect-redis, auto-pipelining', 55],
    ['Fastify: nest-session, memory', 40],
  ])('of %s is over the baseline that waits and sends as it does', (kind, tax) => {
    expect(taxOf(many, kind)).toBe(tax);
  });

  it('is over what does not wait, where there is no crowd to share a turn with', () => {
    expect(taxOf({ connections: 2 }, 'nest-session, memory')).toBe(10);
  });

  it('is over another baseline where the scenario lets the kind wait for something else', () => {
    expect(taxOf({ ...many, waits: () => 'nothing' }, 'express-session, connect-redis')).toBe(50);
  });
});
