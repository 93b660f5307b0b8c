import { parse } from 'bowser';
import type { DeviceClass } from '../../options/registry-options.js';

const CLASSES: ReadonlySet<string> = new Set<DeviceClass>(['desktop', 'mobile', 'tablet']);

/** The kind of device of a `User-Agent`. */
export function deviceClassOf(userAgent: string | undefined): DeviceClass {
  const type = read(userAgent)?.platform.type ?? '';
  return CLASSES.has(type) ? (type as DeviceClass) : 'other';
}

/**
 * A readable name: `Firefox on Windows`, `Safari on iPhone`.
 * @returns undefined if the browser is not known
 */
export function deviceName(userAgent: string | undefined): string | undefined {
  const known = read(userAgent);
  if (!known) return undefined;
  const { browser, os, platform } = known;
  // Phones and tablets of Apple are better known by their name than by their system.
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
