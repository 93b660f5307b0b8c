import type { Figures } from './figures.js';
import { commands } from './scenarios/commands.js';
import { conflicts, type ConflictSize } from './scenarios/conflicts.js';
import { counting, oneAtATime } from './scenarios/counting.js';
import { endings, lateIds } from './scenarios/endings.js';
import { clusterMaster, redisFaults, sentinelFailover, silentPeer } from './scenarios/faults.js';
import { arrays, deletions, differentKeys } from './scenarios/overlap.js';
import type { Pace } from './scenarios/outage.js';
import { redirect } from './scenarios/redirect.js';
import { sqliteKill } from './scenarios/sqlite-kill.js';
import { onStage } from './stage.js';
import type { Target } from './target.js';

/** How often everything is tried. */
export interface Size {
  readonly pairs: number;
  readonly deletions: number;
  readonly rounds: number;
  readonly endings: number;
  readonly redirects: number;
  readonly kills: number;
  readonly commands: number;
  readonly conflicts: ConflictSize;
  /** How often one Redis goes through everything. */
  readonly faults: number;
  readonly pace: Pace;
}

export const FULL: Size = {
  pairs: 1000,
  deletions: 300,
  rounds: 20,
  endings: 1000,
  redirects: 200,
  kills: 6,
  commands: 200,
  conflicts: { row: 1000, pair: 50 },
  faults: 1,
  pace: { away: 2500, after: 2500, slack: 250 },
};
export const SHORT: Size = {
  pairs: 100,
  deletions: 30,
  rounds: 3,
  endings: 60,
  redirects: 50,
  kills: 2,
  commands: 50,
  conflicts: { row: 50, pair: 5 },
  faults: 1,
  pace: { away: 2000, after: 1800, slack: 500 },
};

export type Part = (target: Target, size: Size) => Promise<Figures[]>;

/** What is run one after the other, each on servers of its own. */
export const PARTS: Readonly<Record<string, Part>> = {
  overlap: (target, size) =>
    onStage(target, async (stage) => [
      await differentKeys(stage, size.pairs),
      await deletions(stage, size.deletions),
      await arrays(stage, size.deletions),
      await counting(stage, size.rounds),
      await oneAtATime(stage, Math.ceil(size.rounds / 5)),
    ]),
  endings: (target, size) =>
    onStage(target, async (stage) => [
      await endings(stage, 'logout', size.endings),
      await endings(stage, 'rotation', size.endings),
      await endings(stage, 'revocation', size.endings),
      await endings(stage, 'expiry', size.endings),
      await lateIds(stage, size.endings),
    ]),
  // express-session knows too few of the operations.
  conflicts: async (target, size) =>
    target.name === 'nest-session'
      ? onStage(target, (stage) => conflicts(stage, size.conflicts), { conflicts: true })
      : [],
  redirect: async (target, size) => [await redirect(target, size.redirects)],
  commands: (target, size) => onStage(target, (stage) => commands(stage, size.commands)),
  faults: (target, size) => redisFaults(target, size.pace, size.faults),
  silent: (target, size) => silentPeer(target, size.pace),
  sentinel: (target, size) => sentinelFailover(target, size.pace),
  cluster: (target, size) => clusterMaster(target, size.pace),
  sqlite: async (target, size) => (target.stores.includes('sqlite') ? [await sqliteKill(target, size.kills)] : []),
};

export async function runParts(target: Target, size: Size, wanted: (name: string) => boolean): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const [name, part] of Object.entries(PARTS)) if (wanted(name)) figures.push(...(await part(target, size)));
  return figures;
}
