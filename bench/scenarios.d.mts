export interface Scenario {
  name: string;
  kinds: string[];
}
export const SCENARIOS: readonly Scenario[];
export const QUICK_SCENARIOS: readonly Scenario[];
