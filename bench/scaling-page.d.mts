import type { ScalingInputs } from './lib-scaling.mjs';

export function sectionsOf(inputs: ScalingInputs): Readonly<Record<string, string>>;
export function sectionIn(
  page: string,
  name: string,
): { readonly from: number; readonly to: number; readonly text: string };
export function pageWith(page: string, inputs: ScalingInputs): string;
