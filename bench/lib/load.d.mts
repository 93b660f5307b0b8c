import type { Sample } from './statistics.mjs';

export function measure(
  server: { url: string },
  scenario: { method: string; path: string; connections: number; bytes: number; visitors: string },
  options: { seconds: number; commands: () => Promise<number> },
): Promise<Sample>;
