/** Deadlines that NIST SP 800-63B-4 (July 2025) sets for a level of assurance. Milliseconds; Infinity for none. */
export interface TimeoutPreset {
  readonly idle: number;
  readonly absolute: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Sections 2.1.3, 2.2.3 and 2.3.3. Level 1 names no idle timeout. */
export const TIMEOUT_PRESETS = {
  aal1: { idle: Infinity, absolute: 30 * DAY },
  aal2: { idle: HOUR, absolute: DAY },
  aal3: { idle: 15 * MINUTE, absolute: 12 * HOUR },
} as const satisfies Record<string, TimeoutPreset>;

/** A level of authentication assurance of NIST SP 800-63B-4. */
export type TimeoutPresetName = keyof typeof TIMEOUT_PRESETS;
