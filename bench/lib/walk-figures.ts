// What a recorded walk through the library amounts to.
import type { Place } from './instrument.ts';

/** Figures of one request. A hop is a call that lies elsewhere than the call before it. */
export interface WalkFigures {
  readonly calls: number;
  readonly functions: number;
  readonly files: number;
  readonly 'file hops': number;
  readonly 'room hops': number;
  /** Room hops as the rooms were before engine/ and sealing/ were divided. */
  readonly 'old room hops': number;
  /** Calls of functions that stand inside other functions. */
  readonly closures: number;
}

/** The rooms that each of today's was a part of; what is not in here has only another name, or is new. */
const BEFORE: Readonly<Record<string, string>> = {
  request: 'engine',
  assurance: 'engine',
  server: 'engine',
  registry: 'engine',
  seals: 'sealing',
  revocation: 'sealing',
  store: '.',
};

/** @param file relative to the sources; what stands in no folder is the room `.` */
export const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '.');
export const oldRoomOf = (file: string): string => BEFORE[roomOf(file)] ?? roomOf(file);

const hops = (values: readonly string[]): number =>
  values.filter((value, i) => i > 0 && value !== values[i - 1]).length;

export function figuresOf(walk: readonly Place[]): WalkFigures {
  const files = walk.map(({ file }) => file);
  return {
    calls: walk.length,
    functions: new Set(walk).size,
    files: new Set(files).size,
    'file hops': hops(files),
    'room hops': hops(files.map(roomOf)),
    'old room hops': hops(files.map(oldRoomOf)),
    closures: walk.filter(({ nested }) => nested).length,
  };
}
