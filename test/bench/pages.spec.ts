import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withSections } from '../../bench/lib/pages.ts';
import { sectionsOf, type Results } from '../../bench/lib/report.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';

const page = 'Before\n<!-- bench:targets -->\nold\n<!-- /bench -->\nAfter';

describe('withSections()', () => {
  it('replaces what stands between the markers, and nothing else', () => {
    expect(withSections(page, { targets: 'new $1' })).toBe(
      'Before\n<!-- bench:targets -->\n\nnew $1\n\n<!-- /bench -->\nAfter',
    );
  });

  it('refuses a page without a place, and a place without a section', () => {
    expect(() => withSections('nothing', { targets: 'new' })).toThrow('no place');
    expect(() => withSections(page, {})).toThrow('"targets"');
  });
});

describe('the tables of a run', () => {
  const slice = { cpu: 50, clientCpu: 20, perSecond: 9_000, p50: 1, p99: 2, commands: 1, headerBytes: 200 };
  const noisy = [10, 50, 90].map((cpu) => ({ ...slice, cpu, clientCpu: 1 }));
  const scenario = SCENARIOS.find(({ name }) => name === 'signed-in read')!;
  const results: Results = {
    date: '2026-12-01',
    node: '24',
    hardware: 'a machine',
    epochs: 3,
    slices: 5,
    parts: {},
    runs: [
      {
        scenario,
        samples: {
          'no-op, pipelined GET': [slice, slice, slice],
          'nest-session, Redis': [slice, slice, slice].map((one) => ({ ...one, cpu: 57 })),
          'nest-session, memory': noisy,
        },
      },
    ],
  };
  const sections = sectionsOf(results);

  it.each(['README.md', 'docs/performance.md'])('have their places in %s', (path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    expect(withSections(text, sections)).toContain('Measured on 2026-12-01');
  });

  it('have the tax over the baseline that waits as the kind does', () => {
    expect(sections.scenarios).toMatch(/\| nest-session, Redis \|.*\| 7\.00 \|.*\| no-op, pipelined GET \|/);
    expect(sections.targets).toMatch(/tax µs, nest-session, Redis \| signed-in read \| at most 8 \| 7\.00 \| reached/);
  });

  it('give no figure where the processes differ too much', () => {
    expect(sections.scenarios).toMatch(/\| nest-session, memory \| too noisy: 10\.0 to 90\.0 \|/);
  });
});
