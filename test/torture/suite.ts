import type { Figures } from './figures.js';
import { commands } from './scenarios/commands.js';
import { counting } from './scenarios/counting.js';
import { endings, lateIds } from './scenarios/endings.js';
import { arrays, deletions, differentKeys } from './scenarios/overlap.js';
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
}

export const FULL: Size = {
  pairs: 1000,
  deletions: 300,
  rounds: 20,
  endings: 1000,
  redirects: 200,
  kills: 6,
  commands: 200,
};
export const SHORT: Size = { pairs: 150, deletions: 40, rounds: 4, endings: 80, redirects: 50, kills: 2, commands: 50 };

type Part = (target: Target, size: Size) => Promise<Figures[]>;

/** What is run one after the other, each on servers of its own. */
export const PARTS: Readonly<Record<string, Part>> = {
  overlap: (target, size) =>
    onStage(target, async (stage) => [
      await differentKeys(stage, size.pairs),
      await deletions(stage, size.deletions),
      await arrays(stage, size.deletions),
      await counting(stage, size.rounds),
    ]),
  endings: (target, size) =>
    onStage(target, async (stage) => [
      await endings(stage, 'logout', size.endings),
      await endings(stage, 'rotation', size.endings),
      await endings(stage, 'revocation', size.endings),
      await endings(stage, 'expiry', size.endings),
      await lateIds(stage, size.endings),
    ]),
  redirect: async (target, size) => [await redirect(target, size.redirects)],
  commands: (target, size) => onStage(target, (stage) => commands(stage, size.commands)),
  sqlite: async (target, size) => (target.stores.includes('sqlite') ? [await sqliteKill(target, size.kills)] : []),
};

export async function runParts(target: Target, size: Size, wanted: (name: string) => boolean): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const [name, part] of Object.entries(PARTS)) if (wanted(name)) figures.push(...(await part(target, size)));
  return figures;
}
