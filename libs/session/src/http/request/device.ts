import { parse } from 'bowser';
import type { DeviceClass } from '../../options/registry-options.js';

const CLASSES: ReadonlySet<string> = new Set<DeviceClass>(['desktop', 'mobile', 'tablet']);

/** What kind of device says so of itself. */
export function deviceClassOf(userAgent: string | undefined): DeviceClass {
  const type = read(userAgent)?.platform.type ?? '';
  return CLASSES.has(type) ? (type as DeviceClass) : 'other';
}

/**
 * A name that a person recognizes: `Firefox on Windows`, `Safari on iPhone`.
 * @returns undefined if what the browser says of itself is not known
 */
export function deviceName(userAgent: string | undefined): string | undefined {
  const known = read(userAgent);
  if (!known) return undefined;
  const { browser, os, platform } = known;
  // A phone or tablet is known by its name rather than by its system.
  const where = platform.vendor === 'Apple' && platform.model ? platform.model : os.name;
  return [browser.name, where].filter(Boolean).join(' on ') || undefined;
}

function read(userAgent: string | undefined): ReturnType<typeof parse> | undefined {
  if (!userAgent) return undefined;
  try {
    return parse(userAgent);
  } catch {
    return undefined;
  }
}
